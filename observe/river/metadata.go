package river

import "encoding/json"

// metadataKey is under which a job's metadata has what observe.Inject wrote.
const metadataKey = "observe"

// maxMetadata bounds the metadata that is read, in bytes. Larger ones belong to somebody else.
const maxMetadata = 1 << 20

// put returns metadata with the carrier in it. What is no JSON object stays as it is.
func put(metadata []byte, carrier map[string]string) []byte {
	if len(carrier) == 0 || len(metadata) > maxMetadata {
		return metadata
	}
	object := map[string]json.RawMessage{}
	if len(metadata) > 0 && json.Unmarshal(metadata, &object) != nil || object == nil {
		return metadata
	}
	value, err := json.Marshal(carrier)
	if err != nil {
		return metadata
	}
	object[metadataKey] = value
	all, err := json.Marshal(object)
	if err != nil {
		return metadata
	}
	return all
}

// carried returns the carrier in metadata, empty if there is none.
func carried(metadata []byte) map[string]string {
	if len(metadata) > maxMetadata {
		return nil
	}
	var object map[string]json.RawMessage // not a struct: its names would match in any case
	if json.Unmarshal(metadata, &object) != nil {
		return nil
	}
	var carrier map[string]string
	if json.Unmarshal(object[metadataKey], &carrier) != nil {
		return nil
	}
	return carrier
}
