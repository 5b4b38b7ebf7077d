package observe_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestDocs holds every public name of the library, in its own modules too, to a doc comment and to an example with an Output
// comment in the tests of its package. An example uses a name when it is named for it, or when its code or a declaration of an
// example file that its code reaches mentions it. Constants and variables go by their block.
func TestDocs(t *testing.T) {
	for _, p := range publicPackages(t) {
		p.checkComments(t)
		p.checkExamples(t)
	}
}

// byInterface are methods that are there for an interface, and are called by what knows that interface. An example of the type
// is enough for them. A folder is named where the interface is one of few.
var byInterface = []struct{ dir, methods, reason string }{
	{"", "Error Unwrap Is", "error: callers have errors.Is, errors.As and the text"},
	{"", "String Format GoString", "fmt prints by them"},
	{"", "MarshalJSON UnmarshalJSON MarshalText UnmarshalText", "encoding/json calls them"},
	{"", "LogValue", "log/slog calls it"},
	{"", "Enabled Handle WithAttrs WithGroup", "slog.Handler: a slog.Logger calls them"},
	{"", "Describe Collect", "prometheus.Collector: a registry calls them"},
	{"", "OnStart OnEnd", "sdktrace.SpanProcessor: a TracerProvider calls them"},
	{"otlp", "Emit", "logging.Sink: a logging.Handler calls it"},
	{"river", "InsertMany Work", "rivertype.JobInsertMiddleware and WorkerMiddleware: a river.Client calls them"},
	{"sentry", "Report Shutdown", "observe.ErrorReporter: a Telemetry calls them"},
}

func isByInterface(dir, method string) bool {
	for _, x := range byInterface {
		if (x.dir == "" || x.dir == dir) && slices.Contains(strings.Fields(x.methods), method) {
			return true
		}
	}
	return false
}

// publicPackage is a folder that others can import.
type publicPackage struct {
	dir, importPath string
	fset            *token.FileSet
	files, tests    []*ast.File
	doc             *doc.Package
}

func publicPackages(t *testing.T) []*publicPackage {
	t.Helper()
	var all []*publicPackage
	err := filepath.WalkDir(".", func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if name := d.Name(); name == "internal" || name == "testdata" || (dir != "." && name[0] == '.') {
			return fs.SkipDir
		}
		if p := readPackage(t, dir); p != nil {
			all = append(all, p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("there are %d packages only: has the library moved?", len(all))
	}
	return all
}

func readPackage(t *testing.T, dir string) *publicPackage {
	t.Helper()
	const library = "github.com/telltale-dev/telltale/observe"
	p := &publicPackage{dir: dir, importPath: path.Join(library, filepath.ToSlash(dir)), fset: token.NewFileSet()}
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		f, err := parser.ParseFile(p.fset, name, nil, parser.ParseComments)
		switch {
		case err != nil:
			t.Fatal(err)
		case strings.HasSuffix(name, "_test.go"):
			p.tests = append(p.tests, f)
		default:
			p.files = append(p.files, f)
		}
	}
	if len(p.files) == 0 {
		return nil
	}
	if p.doc, err = doc.NewFromFiles(p.fset, slices.Concat(p.files, p.tests), p.importPath, doc.PreserveAST); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *publicPackage) errorf(t *testing.T, at token.Pos, format string, args ...any) {
	t.Helper()
	t.Errorf("%s: "+format, append([]any{p.fset.Position(at)}, args...)...)
}

// checkComments reports what has no doc comment.
func (p *publicPackage) checkComments(t *testing.T) {
	t.Helper()
	if len(strings.Fields(p.doc.Doc)) < 20 {
		p.errorf(t, p.files[0].Package, "package %s has no comment that tells what it is for", p.doc.Name)
	}
	for _, s := range p.symbols() {
		if strings.TrimSpace(s.comment) == "" {
			p.errorf(t, s.at, "%s has no doc comment", s)
		}
	}
	for _, typ := range p.doc.Types {
		members, of := membersOf(typ)
		for _, m := range members {
			for _, name := range m.Names {
				if of == "interface" && name.IsExported() && m.Doc == nil && m.Comment == nil {
					p.errorf(t, name.Pos(), "method %s of interface %s has no doc comment", name.Name, typ.Name)
				}
			}
		}
	}
}

// checkExamples reports what no example shows.
func (p *publicPackage) checkExamples(t *testing.T) {
	t.Helper()
	uses := p.uses()
	for _, s := range p.symbols() {
		if !slices.ContainsFunc(uses, s.shownBy) {
			p.errorf(t, s.at, "no example with an Output comment uses %s", s)
		}
	}
}

// symbol is a public name, or the block of constants or variables that a name stands in.
type symbol struct {
	kind    string // const, var, func, type or method
	names   []string
	typ     string // of a method its receiver, of a constant its type, if that is of the package
	comment string
	at      token.Pos

	// Of methods and types.
	byInterface bool
	sources     map[string]bool // what brings the type into an example
	members     map[string]bool // of the type: its fields and methods
	constants   map[string]bool // of the type
}

func (s *symbol) String() string {
	if s.kind == "method" {
		return "method " + s.typ + "." + s.names[0]
	}
	return s.kind + " " + s.names[0]
}

func (p *publicPackage) symbols() []*symbol {
	var all []*symbol
	addFuncs := func(funcs []*doc.Func) {
		for _, f := range funcs {
			all = append(all, &symbol{kind: "func", names: []string{f.Name}, comment: f.Doc, at: f.Decl.Name.Pos()})
		}
	}
	addFuncs(p.doc.Funcs)
	all = append(all, valueSymbols("const", "", p.doc.Consts)...)
	all = append(all, valueSymbols("var", "", p.doc.Vars)...)
	for _, t := range p.doc.Types {
		addFuncs(t.Funcs)
		all = append(all, valueSymbols("const", t.Name, t.Consts)...)
		all = append(all, valueSymbols("var", t.Name, t.Vars)...)
		s := &symbol{kind: "type", names: []string{t.Name}, comment: t.Doc, at: typeSpec(t).Name.Pos()}
		s.sources, s.members, s.constants = p.sources(t.Name), memberNames(t), map[string]bool{}
		for _, c := range t.Consts {
			for _, name := range c.Names {
				s.constants[name] = true
			}
		}
		all = append(all, s)
		for _, m := range t.Methods {
			all = append(all, &symbol{
				kind: "method", names: []string{m.Name}, typ: t.Name, comment: m.Doc, at: m.Decl.Name.Pos(),
				byInterface: isByInterface(p.dir, m.Name), sources: s.sources,
			})
		}
	}
	return all
}

// valueSymbols makes a symbol of each block. A block without a comment of its own has one on every name.
func valueSymbols(kind, typ string, values []*doc.Value) []*symbol {
	var all []*symbol
	for _, v := range values {
		s := &symbol{kind: kind, names: v.Names, typ: typ, comment: v.Doc, at: v.Decl.Pos()}
		if s.comment == "" {
			s.comment = "each has its own"
			for _, spec := range v.Decl.Specs {
				if spec := spec.(*ast.ValueSpec); spec.Doc == nil && spec.Comment == nil && spec.Names[0].IsExported() {
					s.comment, s.at = "", spec.Pos()
				}
			}
		}
		all = append(all, s)
	}
	return all
}

func typeSpec(t *doc.Type) *ast.TypeSpec {
	for _, spec := range t.Decl.Specs {
		if spec := spec.(*ast.TypeSpec); spec.Name.Name == t.Name {
			return spec
		}
	}
	return nil
}

// membersOf returns the fields of a struct, or the methods of an interface.
func membersOf(t *doc.Type) (fields []*ast.Field, of string) {
	switch typ := typeSpec(t).Type.(type) {
	case *ast.StructType:
		return typ.Fields.List, "struct"
	case *ast.InterfaceType:
		return typ.Methods.List, "interface"
	}
	return nil, ""
}

func memberNames(t *doc.Type) map[string]bool {
	names := map[string]bool{}
	fields, _ := membersOf(t)
	for _, f := range fields {
		for _, n := range f.Names {
			names[n.Name] = true
		}
	}
	for _, m := range t.Methods {
		names[m.Name] = true
	}
	return names
}

// sources are the functions, methods and fields of the package that have a value of the type to give.
func (p *publicPackage) sources(typ string) map[string]bool {
	names := map[string]bool{}
	mentions := func(n ast.Node) (found bool) {
		ast.Inspect(n, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			found = found || (ok && id.Name == typ)
			return !found
		})
		return found
	}
	for _, f := range p.files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Type.Results != nil && mentions(n.Type.Results) {
					names[n.Name.Name] = true
				}
			case *ast.StructType:
				for _, field := range n.Fields.List {
					for _, name := range field.Names {
						names[name.Name] = names[name.Name] || mentions(field.Type)
					}
				}
			}
			return true
		})
	}
	return names
}
