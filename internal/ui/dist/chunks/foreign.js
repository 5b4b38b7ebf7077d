var e=/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/u,t=new RegExp(e.source,`gu`);function n(e){return`⟨U+${e.codePointAt(0).toString(16).toUpperCase().padStart(4,`0`)}⟩`}function r(r,i=1/0){let a=r;if(r.length>i){let e=Math.max(0,Math.floor(i));/[\ud800-\udbff]/.test(r[e-1]??``)&&e--,a=r.slice(0,e)+`…`}return e.test(a)?a.replaceAll(`\r
`,`
`).replace(t,n):a}var i=t=>e.test(t.includes(`\r`)?t.replaceAll(`\r
`,`
`):t);export{r as n,i as t};