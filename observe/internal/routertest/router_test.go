package routertest

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/labstack/echo/v4"

	"github.com/telltale-dev/telltale/observe"
	"github.com/telltale-dev/telltale/observe/logging"
)

func start(route func(*http.Request) string) *observe.Telemetry {
	tel, err := observe.Start(context.Background(), observe.Config{
		Service: "test", Exporter: observe.ExporterNone, NoGlobal: true, Route: route,
		Log: logging.Options{Writer: io.Discard, Level: slog.LevelError},
	})
	if err != nil {
		panic(err)
	}
	return tel
}

// requests returns what was counted after one GET of the path.
func requests(tel *observe.Telemetry, h http.Handler, path string) string {
	defer func() { _ = tel.Shutdown(context.Background()) }()
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(context.Background(), http.MethodGet, path, http.NoBody))
	w := httptest.NewRecorder()
	tel.MetricsHandler().ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/metrics", http.NoBody))
	for line := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(line, "http_requests_total") {
			return strings.TrimSpace(line)
		}
	}
	return "nothing"
}

// A chi router can say the route of a request without serving it.
func Example_chi() {
	router := chi.NewRouter()
	router.Route("/v1", func(r chi.Router) {
		r.Get("/things/{id}", func(http.ResponseWriter, *http.Request) {})
	})
	tel := start(func(r *http.Request) string {
		c := chi.NewRouteContext()
		if !router.Match(c, r.Method, r.URL.Path) {
			return ""
		}
		return c.RoutePattern()
	})
	fmt.Println(requests(tel, tel.Handler(router), "/v1/things/42"))
	// Output: http_requests_total{method="GET",path="/v1/things/{id}",status="200"} 1
}

// In gin the route is known to every handler.
func Example_gin() {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.Use(func(c *gin.Context) { observe.SetRoute(c.Request.Context(), c.FullPath()) })
	router.GET("/v1/things/:id", func(c *gin.Context) { c.Status(http.StatusAccepted) })
	tel := start(nil)
	fmt.Println(requests(tel, tel.Handler(router), "/v1/things/42"))
	// Output: http_requests_total{method="GET",path="/v1/things/:id",status="202"} 1
}

// In echo too.
func Example_echo() {
	router := echo.New()
	router.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			observe.SetRoute(c.Request().Context(), c.Path())
			return next(c)
		}
	})
	router.GET("/v1/things/:id", func(c echo.Context) error { return c.NoContent(http.StatusAccepted) })
	tel := start(nil)
	fmt.Println(requests(tel, tel.Handler(router), "/v1/things/42"))
	// Output: http_requests_total{method="GET",path="/v1/things/:id",status="202"} 1
}

// What no route is for counts as one.
func TestNoRoute(t *testing.T) {
	router := chi.NewRouter()
	router.Get("/a", func(http.ResponseWriter, *http.Request) {})
	tel := start(func(r *http.Request) string {
		if c := chi.NewRouteContext(); router.Match(c, r.Method, r.URL.Path) {
			return c.RoutePattern()
		}
		return ""
	})
	want := `http_requests_total{method="GET",path="other",status="404"} 1`
	if got := requests(tel, tel.Handler(router), "/nothing/17"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
