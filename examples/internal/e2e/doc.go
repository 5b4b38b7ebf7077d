// Package e2e runs an example and Telltale as a user would, and checks what Telltale then knows. It is there under the build
// tag e2e only.
package e2e
