export default function Errors() { return null; }
