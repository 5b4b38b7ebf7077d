// Package routertest shows how routers other than http.ServeMux tell their routes. It is a module of its own, so that who
// uses observe depends on none of them.
package routertest
