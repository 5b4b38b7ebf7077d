export default function Editor(_: { uid: string; record: unknown; onClose: () => void }) { return null; }
