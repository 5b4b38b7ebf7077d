export default function CompareCalls() { return null; }
