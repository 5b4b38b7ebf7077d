// Package wal is the write-ahead log: batches are durable in it before anyone is told so, and are read back from it after
// a crash.
//
// The log is a row of segments, files that are only appended to. A segment begins with two copies of a header, then come
// frames, one a batch:
//
//	magic, length     4 + 4 bytes, little endian as all below
//	sequence number   8; one more than that of the frame before
//	synced            8; the last sequence number known to be durable when this frame was written
//	spans, logs       8 + 8; accepted since the beginning of the store, this batch among them
//	CRC32C of payload 4
//	CRC32C of header  4; begins from the salt of the segment, so that no text that was logged can pass for a frame
//	payload           a byte for its codec, then the encoded batch
//
// What the running sums are for: when frames are lost to damage, the next one that can be read tells how many records went
// with them. What synced is for: it tells frames that were torn by a power cut, and so never acknowledged, from frames that
// were damaged later. A segment's header says with which sequence number it begins; frames from that number on in earlier
// segments are void: their writing failed, and the sender was told so.
package wal
