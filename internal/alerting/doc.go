// Package alerting is the Alertmanager inside: it groups alerts, silences and inhibits them, and tells receivers, by an
// alertmanager.yml as it is or by three keys of our own configuration.
//
// It is built from Alertmanager's components and differs from it where one process that may be killed at any moment wants
// more: active alerts, silences and what was notified are on disk at once, so a restart neither loses a notification nor
// sends it twice; an attempt to deliver is not broken off by a reload or a stop that has time.
//
// What stays is at-least-once: a receiver that took a message and was cut off before it could say so gets it again.
package alerting
