// Package dashboard reads dashboards in the JSON of Grafana, of today's schema and of the bare old one, and makes one model
// of both. What it does not understand becomes a Problem with its place, never nothing.
//
// It knows neither metrics nor files: package panel asks the queries, package library keeps the files.
package dashboard

// Dashboard is what a page shows.
type Dashboard struct {
	UID         string       `json:"uid" doc:"its address"`
	Title       string       `json:"title"`
	Description string       `json:"description,omitempty"`
	Tags        []string     `json:"tags"`
	From        string       `json:"from" doc:"beginning of the time range at first, such as now-1h"`
	To          string       `json:"to" doc:"its end"`
	Refresh     string       `json:"refresh,omitempty" doc:"how often to ask again, such as 30s; absent is never"`
	Timezone    string       `json:"timezone,omitempty" doc:"utc, a name such as Europe/Berlin, or absent for that of the browser"`
	Crosshair   bool         `json:"crosshair" doc:"the cursor of one chart shows in all"`
	Variables   []Variable   `json:"variables"`
	Sections    []Section    `json:"sections" doc:"rows of panels, in order"`
	Links       []Link       `json:"links"`
	Annotations []Annotation `json:"annotations"`
}

// Section is a row with its panels. Panels above the first row are in one without title.
type Section struct {
	ID        int     `json:"id"`
	Title     string  `json:"title,omitempty"`
	Collapsed bool    `json:"collapsed"`
	Repeat    string  `json:"repeat,omitempty" doc:"variable for each of whose values the section stands once"`
	Panels    []Panel `json:"panels" doc:"from top to bottom, left to right"`
}

// Kinds of panels.
const (
	KindTimeSeries  = "timeseries"
	KindStat        = "stat"
	KindGauge       = "gauge"
	KindBar         = "bar"
	KindTable       = "table"
	KindHeatmap     = "heatmap"
	KindText        = "text"
	KindUnsupported = "unsupported"
)

// Panel is one chart, number, table or text.
type Panel struct {
	ID              int         `json:"id" doc:"unique within the dashboard"`
	Kind            string      `json:"kind" doc:"timeseries, stat, gauge, bar, table, heatmap, text, or unsupported: a place that stays empty"`
	Title           string      `json:"title"`
	Description     string      `json:"description,omitempty"`
	Grid            Grid        `json:"grid"`
	Repeat          string      `json:"repeat,omitempty" doc:"variable for each of whose values the panel stands once"`
	RepeatDown      bool        `json:"repeat_down,omitempty" doc:"one below the other, else side by side"`
	MaxPerRow       int         `json:"max_per_row,omitempty" doc:"of a panel that repeats side by side"`
	Targets         []Target    `json:"targets"`
	MinStep         string      `json:"min_step,omitempty" doc:"shortest distance of points, such as 15s"`
	MaxPoints       int         `json:"max_points,omitempty" doc:"points of a series at most"`
	Field           Field       `json:"field" doc:"how values are written and drawn"`
	Overrides       []Override  `json:"overrides"`
	Options         Options     `json:"options"`
	Transformations []Transform `json:"transformations" doc:"what is done to the answers, in order; the server does it"`
	Links           []Link      `json:"links"`
	Transparent     bool        `json:"transparent,omitempty"`
	// Repeated is set in copies that Expand makes.
	Repeated map[string]string `json:"repeated,omitempty" doc:"of a copy: the variables that are fixed in it, to be sent with its queries"`
}

// Grid is a place in a grid of 24 columns; a row is 30 px high.
type Grid struct {
	X int `json:"x"`
	Y int `json:"y" doc:"within the section"`
	W int `json:"w"`
	H int `json:"h"`
}

// Target is a query of a panel.
type Target struct {
	Ref       string `json:"ref" doc:"A, B, …"`
	Expr      string `json:"expr" doc:"PromQL with variables"`
	Legend    string `json:"legend,omitempty" doc:"name of each series, with {{label}}"`
	Instant   bool   `json:"instant" doc:"one value at the end of the time range"`
	Format    string `json:"format" doc:"time_series, table or heatmap"`
	MinStep   string `json:"min_step,omitempty"`
	Exemplars bool   `json:"exemplars,omitempty"`
	Hidden    bool   `json:"hidden,omitempty" doc:"it is not asked"`
}

// Field says how values are written and drawn. In an override only what it changes is set.
type Field struct {
	Unit        string      `json:"unit,omitempty" doc:"id of a unit of Grafana, or suffix:TEXT, prefix:TEXT"`
	Decimals    *int        `json:"decimals,omitempty"`
	Min         *float64    `json:"min,omitempty"`
	Max         *float64    `json:"max,omitempty"`
	Name        string      `json:"name,omitempty" doc:"shown instead of the name of the series or column"`
	NoValue     string      `json:"no_value,omitempty" doc:"shown where there is none"`
	Color       *Color      `json:"color,omitempty"`
	Thresholds  *Thresholds `json:"thresholds,omitempty"`
	Mappings    []Mapping   `json:"mappings,omitempty"`
	Links       []Link      `json:"links,omitempty"`
	Draw        string      `json:"draw,omitempty" doc:"line, bars or points"`
	LineWidth   *float64    `json:"line_width,omitempty" doc:"px"`
	Dash        bool        `json:"dash,omitempty"`
	Fill        *float64    `json:"fill,omitempty" doc:"opacity below the line in percent"`
	Step        string      `json:"step,omitempty" doc:"linear, smooth, stepBefore or stepAfter"`
	Points      string      `json:"points,omitempty" doc:"auto, always or never"`
	SpanGaps    *bool       `json:"span_gaps,omitempty" doc:"gaps are joined by a line"`
	Stack       string      `json:"stack,omitempty" doc:"none, normal or percent"`
	StackGroup  string      `json:"stack_group,omitempty"`
	Axis        string      `json:"axis,omitempty" doc:"auto, left, right or hidden"`
	AxisLabel   string      `json:"axis_label,omitempty"`
	SoftMin     *float64    `json:"soft_min,omitempty"`
	SoftMax     *float64    `json:"soft_max,omitempty"`
	Log         float64     `json:"log,omitempty" doc:"base of a logarithmic axis"`
	Limits      string      `json:"limits,omitempty" doc:"how thresholds are drawn into a chart: off, line or area"`
	Negative    bool        `json:"negative,omitempty" doc:"drawn below zero"`
	HideChart   bool        `json:"hide_chart,omitempty"`
	HideLegend  bool        `json:"hide_legend,omitempty"`
	HideTooltip bool        `json:"hide_tooltip,omitempty"`
	Width       *float64    `json:"width,omitempty" doc:"of a column, px"`
	Align       string      `json:"align,omitempty" doc:"of a column: auto, left, center or right"`
	Cell        string      `json:"cell,omitempty" doc:"of a column: auto, text, background or gauge"`
}

// Color of a series.
type Color struct {
	Mode  string `json:"mode" doc:"palette, fixed, shades, thresholds, or continuous- and a name"`
	Fixed string `json:"fixed,omitempty" doc:"a name of Grafana such as light-blue, or #rrggbb"`
}

// Thresholds color values.
type Thresholds struct {
	Percent bool            `json:"percent" doc:"steps are percent between min and max"`
	Steps   []ThresholdStep `json:"steps" doc:"rising; the first has no value and holds from below"`
}

// ThresholdStep holds from a value on.
type ThresholdStep struct {
	Value *float64 `json:"value,omitempty"`
	Color string   `json:"color"`
}

// Mapping shows a text for a value.
type Mapping struct {
	Kind  string   `json:"kind" doc:"value, range, regex, null, nan, true, false or empty"`
	Match string   `json:"match,omitempty" doc:"of value and regex"`
	From  *float64 `json:"from,omitempty" doc:"of range"`
	To    *float64 `json:"to,omitempty" doc:"of range"`
	Text  string   `json:"text,omitempty"`
	Color string   `json:"color,omitempty"`
}

// Override changes the field for some series or columns.
type Override struct {
	By    string `json:"by" doc:"name, regexp, target or type"`
	Match string `json:"match"`
	Field Field  `json:"field"`
}

// Options are of a panel; those of other kinds are left out.
type Options struct {
	Legend      string   `json:"legend,omitempty" doc:"list, table or hidden"`
	LegendRight bool     `json:"legend_right,omitempty"`
	LegendCalcs []string `json:"legend_calcs,omitempty" doc:"numbers beside the names, as calc"`
	Tooltip     string   `json:"tooltip,omitempty" doc:"single, multi or none"`
	TooltipSort string   `json:"tooltip_sort,omitempty" doc:"none, asc or desc"`
	Calc        string   `json:"calc,omitempty" doc:"what of a series is its one value: last, lastNotNull, first, firstNotNull, min, max, mean, sum, count, range, delta"`
	Color       string   `json:"color,omitempty" doc:"what the color of a stat is on: value, background or none"`
	Sparkline   bool     `json:"sparkline,omitempty"`
	Text        string   `json:"text,omitempty" doc:"what a stat shows: auto, value, name, value_and_name or none"`
	Vertical    bool     `json:"vertical,omitempty" doc:"bars upright"`
	Markers     bool     `json:"markers,omitempty" doc:"a gauge shows its thresholds"`
	Header      bool     `json:"header,omitempty" doc:"of a table"`
	SortBy      string   `json:"sort_by,omitempty" doc:"column of a table"`
	SortDesc    bool     `json:"sort_desc,omitempty"`
	Scheme      string   `json:"scheme,omitempty" doc:"colors of a heatmap, such as Blues"`
	YUnit       string   `json:"y_unit,omitempty" doc:"unit of the buckets of a heatmap"`
	YDecimals   *int     `json:"y_decimals,omitempty"`
	Mode        string   `json:"mode,omitempty" doc:"of a text: markdown, code or plain"`
	Content     string   `json:"content,omitempty" doc:"of a text"`
}

// Link leads somewhere else.
type Link struct {
	Title      string   `json:"title"`
	URL        string   `json:"url,omitempty" doc:"http, https or a path; may hold variables"`
	Tags       []string `json:"tags,omitempty" doc:"instead of url: all dashboards that have these tags"`
	KeepTime   bool     `json:"keep_time,omitempty" doc:"the time range goes along"`
	KeepVars   bool     `json:"keep_variables,omitempty"`
	NewTab     bool     `json:"new_tab,omitempty"`
	Tooltip    string   `json:"tooltip,omitempty"`
	AsDropdown bool     `json:"as_dropdown,omitempty"`
}

// Annotation marks moments in all charts: those at which a query has a value that is not 0.
type Annotation struct {
	Name    string `json:"name"`
	Expr    string `json:"expr"`
	Step    string `json:"step,omitempty"`
	Title   string `json:"title,omitempty" doc:"with {{label}}"`
	Text    string `json:"text,omitempty" doc:"with {{label}}"`
	Color   string `json:"color,omitempty"`
	Enabled bool   `json:"enabled" doc:"shown at first"`
	Hidden  bool   `json:"hidden,omitempty" doc:"there is no switch for it"`
}

// Transform changes the answers of a panel before they are shown.
type Transform struct {
	Kind    string            `json:"kind" doc:"merge, join, organize, sort, limit, reduce, filter or rename"`
	Field   string            `json:"field,omitempty" doc:"of join and sort: the column"`
	Outer   bool              `json:"outer,omitempty" doc:"of join: rows that only one side has stay"`
	Desc    bool              `json:"desc,omitempty" doc:"of sort"`
	Limit   int               `json:"limit,omitempty"`
	Calcs   []string          `json:"calcs,omitempty" doc:"of reduce"`
	Exclude []string          `json:"exclude,omitempty" doc:"of organize and filter: columns that go"`
	Include []string          `json:"include,omitempty" doc:"of organize and filter: columns that stay"`
	Order   map[string]int    `json:"order,omitempty" doc:"of organize: place by column"`
	Rename  map[string]string `json:"rename,omitempty" doc:"of organize: name by column"`
	Regex   string            `json:"regex,omitempty" doc:"of rename; of filter what stays"`
	Replace string            `json:"replace,omitempty" doc:"of rename, with $1"`
}

// Kinds of variables.
const (
	VariableQuery      = "query"
	VariableCustom     = "custom"
	VariableInterval   = "interval"
	VariableConstant   = "constant"
	VariableTextbox    = "textbox"
	VariableDatasource = "datasource"
)

// Variable is what a reader chooses.
type Variable struct {
	Name        string   `json:"name"`
	Kind        string   `json:"kind" doc:"query, custom, interval, constant, textbox or datasource"`
	Label       string   `json:"label,omitempty"`
	Description string   `json:"description,omitempty"`
	Hide        string   `json:"hide,omitempty" doc:"label or all"`
	Query       string   `json:"query,omitempty" doc:"label_values(…), label_names(), metrics(…) or query_result(…)"`
	Regex       string   `json:"regex,omitempty" doc:"which values, and what of them"`
	Sort        int      `json:"sort,omitempty" doc:"0 as found, 1 and 2 by letter, 3 and 4 by number, 5 and 6 without case; even numbers fall"`
	Options     []Option `json:"options,omitempty" doc:"of custom and interval"`
	Multi       bool     `json:"multi,omitempty"`
	IncludeAll  bool     `json:"include_all,omitempty"`
	AllValue    string   `json:"all_value,omitempty" doc:"what All stands for; absent is all values"`
	Default     []string `json:"default,omitempty" doc:"chosen at first; $__all is All"`
	OnRange     bool     `json:"on_range,omitempty" doc:"values depend on the time range"`
	AutoCount   int      `json:"auto_count,omitempty" doc:"of interval: the time range is divided into so many steps where auto is chosen"`
	AutoMin     string   `json:"auto_min,omitempty"`
}

// Option of a variable.
type Option struct {
	Text  string `json:"text"`
	Value string `json:"value"`
}

// All is the value of a variable that stands for all of them.
const All = "$__all"

// Panels calls yield for each panel of all sections.
func (d *Dashboard) Panels(yield func(*Panel) bool) {
	for i := range d.Sections {
		for j := range d.Sections[i].Panels {
			if !yield(&d.Sections[i].Panels[j]) {
				return
			}
		}
	}
}

// Panel returns nil where there is none of this id.
func (d *Dashboard) Panel(id int) *Panel {
	for p := range d.Panels {
		if p.ID == id {
			return p
		}
	}
	return nil
}
