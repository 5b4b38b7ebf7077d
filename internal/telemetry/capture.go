package telemetry

// Events of a span that hold what is kept of a call beside its columns. Lists leave events out, and searches do not look
// into them.
const (
	EventRequest    = "telltale.request"    // the request as the client sent it
	EventResponse   = "telltale.response"   // the answer as the provider gave it
	EventAttachment = "telltale.attachment" // a picture of a message, whose part names it by its id
)

// Attributes of these events.
const (
	AttrRequestBody       = "telltale.request.body"
	AttrResponseBody      = "telltale.response.body"
	AttrAttachmentID      = "telltale.attachment.id"
	AttrAttachmentType    = "telltale.attachment.type"    // image/png, image/jpeg, image/gif or image/webp
	AttrAttachmentContent = "telltale.attachment.content" // base64
)

// MaxAttachment bounds the bytes of a picture that is kept, before base64; MaxAttachments how many a span has.
const (
	MaxAttachment  = 256 << 10
	MaxAttachments = 16
)

// IsPictureType reports whether pictures of a media type may be kept: those that a page can show as they are.
func IsPictureType(mime string) bool {
	switch mime {
	case "image/png", "image/jpeg", "image/jpg", "image/gif", "image/webp":
		return true
	}
	return false
}
