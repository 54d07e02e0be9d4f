import { Badge, Checkbox } from "@mantine/core";
import { IconDeviceDesktop, IconUser } from "@tabler/icons-react";
import { memo } from "react";
import { Link } from "react-router";
import type { Alert } from "../../api/client";
import { visible } from "../../events/document";
import { Level } from "../../shared/Level";
import { Time } from "../../shared/Time";
import { count } from "../../time/format";
import { originName, statusColour, statusName, verdictName } from "../words";
import css from "./AlertList.module.css";

interface Props {
  alert: Alert;
  index: number;
  top: number;
  height: number;
  active: boolean;
  selected: boolean;
  queue: string;
  /** The same at every drawing, so that rows that have not changed are not drawn anew. */
  onToggle: ((id: number, index: number) => void) | undefined;
}

/** No row shows more of a name. */
const longest = 200;
const cut = (text: string) => visible(text).slice(0, longest);

/** AlertRow is one alert of the queue. */
export const AlertRow = memo(Row);

function Row({ alert: a, index, top, height, active, selected, queue, onToggle }: Props) {
  return (
    <div
      id={`alert-${a.id}`} className={css.row} style={{ transform: `translateY(${top}px)`, height }} role="row" aria-rowindex={index + 2} aria-selected={selected}
      data-alert={a.id} data-active={active || undefined} data-band={a.band} data-status={a.status}
    >
      <div role="gridcell" className={css.check}>{onToggle && <Checkbox size="xs" tabIndex={-1} aria-label={`Select alert ${a.id}`} checked={selected} onChange={() => onToggle(a.id, index)} />}</div>
      <div role="gridcell" className={css.urgency}><Level level={a.band}>{`${a.urgency} ${a.band}`}</Level></div>
      <div role="gridcell" className={css.what}>
        <Link to={`/alerts/${a.id}`} state={{ queue }} tabIndex={-1} className={css.title} title={visible(a.title)}><bdi>{cut(a.title)}</bdi></Link>
        <div className={css.sub}>
          <span>{originName[a.origin]}</span>
          {a.techniques.length > 0 && <span>{a.techniques.slice(0, 3).join(", ")}{a.techniques.length > 3 && ` +${a.techniques.length - 3}`}</span>}
          {a.tags.slice(0, 4).map((t) => <span key={t} className={css.tag}><bdi>{cut(t).slice(0, 30)}</bdi></span>)}
        </div>
      </div>
      <div role="gridcell" className={css.who}>
        <Named icon={IconDeviceDesktop} kind="Hosts" names={a.hosts} />
        <Named icon={IconUser} kind="Users" names={a.users} />
      </div>
      <div role="gridcell" className={css.status}><Badge color={statusColour[a.status]} variant="light" tt="none" fw={550}>{statusName[a.status]}</Badge>{a.verdict && <div className={css.verdict}>{verdictName[a.verdict]}</div>}</div>
      <div role="gridcell" className={css.assignee}>{a.assignee ? <bdi title={visible(a.assignee)}>{cut(a.assignee)}</bdi> : <span className={css.none}>–</span>}</div>
      <div role="gridcell" className={css.number} title="Matches that it gathers">{count(a.occurrences)}</div>
      <div role="gridcell" className={css.time}><Time at={a.last} /></div>
    </div>
  );
}

function Named({ icon: Icon, kind, names }: { icon: typeof IconUser; kind: string; names: string[] }) {
  const [first] = names;
  if (first === undefined) return null;
  return (
    <div className={css.named} title={`${kind}: ${names.map(cut).join(", ")}`}>
      <Icon size={13} stroke={1.7} aria-label={kind} /><span><bdi>{cut(first)}</bdi></span>{names.length > 1 && <i>+{names.length - 1}</i>}
    </div>
  );
}
