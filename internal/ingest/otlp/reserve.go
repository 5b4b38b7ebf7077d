package otlp

import "fmt"

// Before memory is taken for a record, it is charged to its request: a few bytes of the request may become a kilobyte in
// memory (an empty span). All requests together are bounded too.

// Bytes that a message takes as a record or on the way to it, rounded up.
const (
	weightContainer = 256
	weightSpan      = 1024
	weightLog       = 768
	weightChild     = 256 // events and links
	weightKeyValue  = 128
	weightValue     = 48
)

// memoryFactor is how many times the size limit of a request its records may take in memory. Records of the usual size
// take two to three times their bytes; requests made of empty ones take hundreds.
const memoryFactor = 8

// reservation is what one request may use of the memory of all.
type reservation struct {
	of      *Receiver
	limit   int64
	used    int64
	granted int64
}

// reservationStep is in what pieces memory is reserved, in bytes.
const reservationStep = 64 << 10

// reservation begins with nothing. It is released when the request is answered.
func (r *Receiver) reservation() *reservation {
	return &reservation{of: r, limit: memoryFactor * r.opts.Limits.Decoded}
}

// reserve keeps n bytes for a request until they are released.
func (r *Receiver) reserve(n int64) (release func(), err error) {
	v := r.reservation()
	return v.release, v.take(n)
}

// grow reserves what is used beyond what is granted.
func (v *reservation) grow() error {
	if v.used > v.limit {
		return tooLarge(fmt.Sprintf("the records would take more than %d MiB of memory, send fewer at a time", v.limit>>20))
	}
	return v.take(min(v.used+reservationStep, v.limit) - v.granted)
}

// take reserves n bytes more. A request that is alone always gets them.
func (v *reservation) take(n int64) error {
	if now := v.of.inFlight.Add(n); now > v.of.opts.MaxInFlight && now > v.granted+n {
		v.of.inFlight.Add(-n)
		return overloaded(fmt.Errorf("%d MiB of requests are under way", v.of.opts.MaxInFlight>>20))
	}
	v.granted += n
	return nil
}

func (v *reservation) release() {
	v.of.inFlight.Add(-v.granted)
	v.granted = 0
}
