// The parts of a message: texts, reasoning, calls of tools and their results, attachments.
import { Brain, CornerDownRight, File, Image, Music, Video, Wrench } from 'lucide-react';
import { useContext, useId, useState } from 'react';
import { LongText } from '@/components/LongText';
import { Modal } from '@/components/Modal';
import { bytes } from '@/lib/format';
import { visible } from '@/lib/foreign';
import { Pictures } from './captured';
import { Gap } from './Kept';
import type { Media, Part } from './messages';

export interface Pairs {
  names: Map<string, string>;
  answered: Set<string>;
}

export function PartView({ part, pairs }: { part: Part; pairs: Pairs }) {
  switch (part.kind) {
    case 'text':
      return <LongText text={part.text} />;
    case 'reasoning':
      return <Reasoning text={part.text} />;
    case 'call':
      return <ToolCall part={part} answered={part.id !== undefined && pairs.answered.has(part.id)} />;
    case 'result':
      return <ToolResult part={part} name={part.name ?? (part.id ? pairs.names.get(part.id) : undefined)} />;
    case 'media':
      return <Attachment part={part} />;
    case 'gap':
      return <Gap messages={part.messages} bytes={part.bytes} />;
    case 'other':
      return (
        <div className="conv-box">
          <div className="conv-box-head">
            {visible(part.type, 60)}
            <span className="muted">a part of a kind that is shown as it is</span>
          </div>
          <LongText text={part.text} mono most={1200} lines={14} />
        </div>
      );
  }
}

function Reasoning({ text }: { text: string }) {
  const [open, setOpen] = useState(text.length <= 600);
  const id = useId();
  return (
    <div className="conv-box conv-reasoning">
      <button className="conv-box-head" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
        <Brain aria-hidden />
        Reasoning<span className="muted">{open ? 'hide' : `show ${bytes(text.length)}`}</span>
      </button>
      <div id={id} hidden={!open}>
        {open &&
          (text.trim() === '' ? (
            <span className="muted">The provider said that it reasoned, not what.</span>
          ) : (
            <LongText text={text} />
          ))}
      </div>
    </div>
  );
}

function ToolCall({ part, answered }: { part: Extract<Part, { kind: 'call' }>; answered: boolean }) {
  return (
    <div className="conv-box conv-tool">
      <div className="conv-box-head">
        <Wrench aria-hidden />
        <b className="foreign-line">{visible(part.name, 120)}</b>
        {part.id && (
          <span className="mono muted foreign-line" title={visible(part.id, 200)}>
            {visible(part.id, 24)}
          </span>
        )}
        {part.id && <span className="muted">{answered ? 'answered below' : 'not answered in this call'}</span>}
      </div>
      {part.text !== '' && part.text !== '{}' && (
        <LongText text={part.text} mono most={2000} lines={24} copy="Copy the arguments" />
      )}
    </div>
  );
}

function ToolResult({ part, name }: { part: Extract<Part, { kind: 'result' }>; name?: string }) {
  return (
    <div className="conv-box conv-tool">
      <div className="conv-box-head">
        <CornerDownRight aria-hidden />
        Result of <b className="foreign-line">{name ? visible(name, 120) : 'a tool'}</b>
        {part.id && (
          <span className="mono muted foreign-line" title={visible(part.id, 200)}>
            {visible(part.id, 24)}
          </span>
        )}
      </div>
      {part.text !== '' && <LongText text={part.text} mono most={2000} lines={24} copy="Copy the result" />}
      {part.text === '' && !part.media && <span className="muted">nothing</span>}
      {part.media?.map((m, i) => (
        <Attachment key={i} part={m} />
      ))}
    </div>
  );
}

const icons = { image: Image, audio: Music, video: Video } as Record<string, typeof File>;

/** Pictures that came with the call are shown. What is elsewhere is never fetched by this page: it is a link. */
function Attachment({ part }: { part: Media }) {
  const [open, setOpen] = useState(false);
  const kept = useContext(Pictures);
  const data = part.data ?? (part.attachment === undefined ? undefined : kept.get(part.attachment));
  const Icon = icons[part.modality] ?? File;
  const safe = part.uri && /^https?:\/\//i.test(part.uri);
  const title = [
    part.modality === 'image' ? 'Picture' : part.modality,
    part.mime && visible(part.mime, 80),
    part.size ? bytes(part.size) : '',
  ]
    .filter(Boolean)
    .join(' · ');
  return (
    <div className="conv-media">
      {data && (
        <button onClick={() => setOpen(true)} aria-label={`Show large: ${title}`}>
          <img src={data} alt="" loading="lazy" decoding="async" />
        </button>
      )}
      {data && open && (
        <Modal title={title} onClose={() => setOpen(false)}>
          <img className="conv-picture" src={data} alt="The picture that was sent along" />
        </Modal>
      )}
      <div className="conv-media-line">
        <Icon aria-hidden />
        {part.modality}
        {part.mime && <span className="mono muted foreign-line">{visible(part.mime, 80)}</span>}
        {part.size !== undefined && part.size > 0 && <span className="muted">{bytes(part.size)}</span>}
        {!data && !part.uri && <span className="muted">the bytes were not kept</span>}
        {part.uri &&
          (safe ? (
            <a
              className="foreign-line"
              href={part.uri}
              target="_blank"
              rel="noopener noreferrer nofollow"
              title="On another server: opens there, was not fetched"
            >
              {visible(part.uri, 200)}
            </a>
          ) : (
            <span className="mono foreign-line">{visible(part.uri, 200)}</span>
          ))}
      </div>
    </div>
  );
}
