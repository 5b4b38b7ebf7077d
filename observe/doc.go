// Package observe makes a Go AI service observable.
package observe
