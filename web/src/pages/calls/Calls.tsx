export default function Calls() { return null; }
