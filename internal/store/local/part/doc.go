// Package part keeps rows, one a span or log, in columns: in memory while they are new, in Parquet files afterwards.
//
// The files are standard: any tool that reads Parquet opens them, and the names of their columns are a public format. Beside
// each lies an index (see Files) that only makes searching faster and is made anew where it is lost.
package part
