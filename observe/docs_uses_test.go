package observe_test

import (
	"cmp"
	"go/ast"
	"go/doc"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// use is what an example mentions.
type use struct {
	name      string          // without the word Example
	qualified map[string]bool // names of the package
	selected  map[string]bool // fields and methods of anything
}

// shownBy tells whether an example shows the symbol.
func (s *symbol) shownBy(u use) bool {
	named := func(name string) bool {
		rest, ok := strings.CutPrefix(u.name, name)
		return ok && (rest == "" || rest[0] == '_' && rest[1] >= 'a')
	}
	switch s.kind {
	case "method":
		if named(s.typ + "_" + s.names[0]) {
			return true
		}
		reached := u.qualified[s.typ] || named(s.typ) || u.selects(s.sources) || u.mentions(s.sources)
		if s.byInterface {
			return reached
		}
		return u.selected[s.names[0]] && reached
	case "type":
		// What is never named is used by its constants, its fields and methods.
		from := u.selects(s.sources) || u.mentions(s.sources)
		return named(s.names[0]) || u.qualified[s.names[0]] || u.mentions(s.constants) || (from && u.selects(s.members))
	default:
		return slices.ContainsFunc(s.names, func(n string) bool { return named(n) || u.qualified[n] }) ||
			(s.typ != "" && s.kind != "func" && u.qualified[s.typ])
	}
}

func (u use) selects(names map[string]bool) bool  { return intersect(u.selected, names) }
func (u use) mentions(names map[string]bool) bool { return intersect(u.qualified, names) }

func intersect(a, b map[string]bool) bool {
	for n := range a {
		if b[n] {
			return true
		}
	}
	return false
}

// uses reads the examples of the package that have an Output comment.
func (p *publicPackage) uses() []use {
	reachable := p.exampleDeclarations()
	var all []use
	for _, f := range p.tests {
		for _, x := range doc.Examples(f) {
			if x.Output == "" && !x.EmptyOutput {
				continue
			}
			u := use{name: x.Name, qualified: map[string]bool{}, selected: map[string]bool{}}
			p.collect(&u, f, exampleBody(f, x.Name), reachable, map[string]bool{})
			all = append(all, u)
		}
	}
	return all
}

func exampleBody(f *ast.File, name string) ast.Node {
	for _, d := range f.Decls {
		if d, ok := d.(*ast.FuncDecl); ok && d.Name.Name == "Example"+name {
			return d.Body
		}
	}
	return &ast.BlockStmt{}
}

// declaration is a function, type, variable or method that helps an example.
type declaration struct {
	file *ast.File
	node ast.Node
}

// exampleDeclarations are the declarations of the example files by name. The methods of a type count as the type.
func (p *publicPackage) exampleDeclarations() map[string][]declaration {
	all := map[string][]declaration{}
	for _, f := range p.tests {
		if !strings.HasPrefix(filepath.Base(p.fset.Position(f.Package).Filename), "example") {
			continue
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				name := d.Name.Name
				if d.Recv != nil {
					name = receiver(d)
				}
				all[name] = append(all[name], declaration{f, d})
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						all[spec.Name.Name] = append(all[spec.Name.Name], declaration{f, spec})
					case *ast.ValueSpec:
						for _, n := range spec.Names {
							all[n.Name] = append(all[n.Name], declaration{f, spec})
						}
					}
				}
			}
		}
	}
	return all
}

func receiver(d *ast.FuncDecl) string {
	typ := d.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	id, _ := typ.(*ast.Ident)
	return cmp.Or(id, &ast.Ident{}).Name
}

// collect adds what a piece of code mentions, and what the declarations mention that it reaches.
func (p *publicPackage) collect(u *use, f *ast.File, code ast.Node, decls map[string][]declaration, seen map[string]bool) {
	imports := p.importNames(f)
	inside := !strings.HasSuffix(f.Name.Name, "_test")
	ast.Inspect(code, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			id, _ := n.X.(*ast.Ident)
			switch of, imported := imports[cmp.Or(id, &ast.Ident{}).Name]; {
			case imported && of == p.importPath:
				u.qualified[n.Sel.Name] = true
				return false
			case imported:
				return false
			}
			u.selected[n.Sel.Name] = true
		case *ast.Ident:
			if inside {
				u.qualified[n.Name] = true
			}
			if seen[n.Name] {
				return true
			}
			for _, d := range decls[n.Name] {
				seen[n.Name] = true
				p.collect(u, d.file, d.node, decls, seen)
			}
		}
		return true
	})
}

// importNames are the imports of a file by the name they have in it.
func (p *publicPackage) importNames(f *ast.File) map[string]string {
	names := map[string]string{}
	for _, s := range f.Imports {
		importPath, _ := strconv.Unquote(s.Path.Value)
		name := path.Base(importPath)
		if importPath == p.importPath {
			name = p.doc.Name
		}
		if s.Name != nil {
			name = s.Name.Name
		}
		names[name] = importPath
	}
	return names
}
