// Package guide compiles and runs what docs/guide/instrument-go.md shows.
package guide
