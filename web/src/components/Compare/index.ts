// "Compare with the rest": what sets the records of a selected time apart from the others.
//
//   const brush = useBrush();                                   // selection in the address: brush=from..to, compare=1
//   <Chart … onSelect={brush.select} marks={brush.marks} />     // any number of charts of the page, all with the same brush
//   <BrushMenu brush={brush} />                                 // once a page, anywhere: floats where it was drawn; Zoom in, Compare, Esc
//   <CompareDock brush={brush} signal="logs" q={q} onQuery={(q) => set({ q })} />
//                                                               // once a page, last child of .split: shows itself while comparing
//
// signal: calls, spans or logs. onQuery gets the query with the condition that was clicked. To compare what a query selects,
// without or within a time, use <Compare signal q range selectionQuery selection onQuery /> in a container of your own.
// A page without a query gives q="" and an onQuery that opens one which has it. <BrushMenu compare={false}> only zooms.
export { useBrush, readBrush, writeBrush, type Brush, type Selection } from '@/components/Compare/brush';
export { BrushMenu } from '@/components/Compare/BrushMenu';
export { Compare, CompareDock } from '@/components/Compare/Compare';
