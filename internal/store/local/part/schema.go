package part

import (
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// The leaves of a file: Columns, the promoted attributes, then key and value of the map of the others.

var (
	mapKeyPath   = []string{mapName, "key_value", "key"}
	mapValuePath = []string{mapName, "key_value", "value"}
)

func schemaOf(promoted []string) []format.SchemaElement {
	list := []format.SchemaElement{{Name: "telltale", NumChildren: thrift.New(int32(len(columns) + len(promoted) + 1))}}
	for i := range columns {
		list = append(list, columns[i].element())
	}
	for _, key := range promoted {
		list = append(list, textElement(attrPrefix+key))
	}
	group := func(name string, rep format.FieldRepetitionType, children int32) format.SchemaElement {
		return format.SchemaElement{Name: name, RepetitionType: thrift.New(rep), NumChildren: thrift.New(children)}
	}
	attributes := group(mapName, format.Required, 1)
	attributes.ConvertedType = thrift.New(deprecated.Map)
	attributes.LogicalType = format.LogicalType{Value: &format.MapType{}}
	return append(list, attributes, group("key_value", format.Repeated, 2), textElement("key"), textElement("value"))
}

func textElement(name string) format.SchemaElement {
	return format.SchemaElement{
		Name: name, Type: thrift.New(format.ByteArray), RepetitionType: thrift.New(format.Required),
		ConvertedType: thrift.New(deprecated.UTF8), LogicalType: format.LogicalType{Value: &format.StringType{}},
	}
}

func (c *Column) element() format.SchemaElement {
	e := format.SchemaElement{Name: c.Name, RepetitionType: thrift.New(format.Required)}
	switch c.Type {
	case Text:
		return textElement(c.Name)
	case Flag:
		e.Type = thrift.New(format.Boolean)
	case Number:
		e.Type = thrift.New(format.Int64)
		e.RepetitionType = thrift.New(format.Optional)
	case Timestamp:
		e.Type = thrift.New(format.Int64)
		e.LogicalType = format.LogicalType{Value: &format.TimestampType{
			IsAdjustedToUTC: true, Unit: format.TimeUnit{Value: &format.NanoSeconds{}},
		}}
	}
	return e
}
