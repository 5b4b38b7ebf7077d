export default function Sessions() { return null; }
