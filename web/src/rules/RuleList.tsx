import { Anchor, Badge, Checkbox, Switch } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { Link } from "react-router";
import type { Rule } from "../api/client";
import { visible } from "../events/document";
import { toggled } from "../shared/address";
import { Level } from "../shared/Level";
import { Time } from "../shared/Time";
import { count } from "../time/format";
import { mostSelected } from "./BulkBar";
import { Fitness } from "./Fitness";
import { useRuleSwitch } from "./queries";
import { rulePath } from "./view";
import css from "./RuleList.module.css";

const rowHeight = 48;
const cardHeight = 86;

interface Props {
  rules: Rule[];
  total: number;
  days: number;
  selected: string[];
  /** Undefined: rules are looked at alone. */
  onSelect: ((ids: string[]) => void) | undefined;
  more: boolean;
  loadingMore: boolean;
  onMore: () => void;
}

/** RuleList shows rules, each with the switch that enables it or, for those who may not, whether it is on; only the rows in sight exist. */
export function RuleList({ rules, total, days, selected, onSelect, more, loadingMore, onMore }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const cards = useMediaQuery("(max-width: 62em)", false, { getInitialValueInEffect: false });
  const height = cards ? cardHeight : rowHeight;
  // The rows move with the scroller: they must not be remembered.
  // eslint-disable-next-line react-hooks/incompatible-library
  const rows = useVirtualizer({ count: rules.length, getScrollElement: () => scroller.current, estimateSize: () => height, overscan: 8 });
  useEffect(() => rows.measure(), [rows, height]);
  const items = rows.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && !loadingMore && lastShown >= rules.length - 30) onMore();
  }, [more, loadingMore, lastShown, rules.length, onMore]);
  const all = rules.slice(0, mostSelected).map((r) => r.id);
  return (
    <section className={`panel ${css.panel ?? ""}`} aria-label="Rules">
      {/* A list that scrolls does so by the keyboard too. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div ref={scroller} className={css.scroller} role="table" aria-label="Rules" aria-rowcount={total + 1} tabIndex={0}>
        <div role="rowgroup" className={css.headgroup}>
          <div className={css.head} role="row" aria-rowindex={1}>
            <span role="columnheader">
              {onSelect && <Checkbox
                size="xs" aria-label="Select all rules that are listed" checked={selected.length > 0 && selected.length >= all.length} indeterminate={selected.length > 0 && selected.length < all.length}
                onChange={() => onSelect(selected.length > 0 ? [] : all)}
              />}
            </span>
            <span role="columnheader">On</span><span role="columnheader">Rule</span><span role="columnheader">Level</span><span role="columnheader">Fitness</span>
            <span role="columnheader" className="numeric">Fired, {days === 1 ? "1 day" : `${days} days`}</span>
          </div>
        </div>
        <div style={{ height: rows.getTotalSize(), position: "relative" }} role="rowgroup">
          {items.map((item) => {
            const rule = rules[item.index];
            return rule && <Row key={rule.id} rule={rule} index={item.index} top={item.start} height={height} selected={selected.includes(rule.id)} onSelect={onSelect && (() => onSelect(toggled(selected, rule.id).slice(-mostSelected)))} />;
          })}
        </div>
      </div>
    </section>
  );
}

function Row({ rule, index, top, height, selected, onSelect }: { rule: Rule; index: number; top: number; height: number; selected: boolean; onSelect: (() => void) | undefined }) {
  const turn = useRuleSwitch();
  const title = visible(rule.title);
  const exceptions = rule.exceptions > 0 ? `${count(rule.exceptions)} ${rule.exceptions === 1 ? "exception" : "exceptions"}` : "";
  const about = [exceptions, rule.logsource.product, rule.logsource.category ?? rule.logsource.service, rule.status, rule.effort, ...rule.techniques.slice(0, 3), rule.pack].filter(Boolean).join(" · ");
  return (
    <div className={css.row} style={{ transform: `translateY(${top}px)`, height }} role="row" aria-rowindex={index + 2} data-rule={rule.id} data-selected={selected || undefined}>
      <span role="cell">{onSelect && <Checkbox size="xs" aria-label={`Select ${title}`} checked={selected} onChange={onSelect} />}</span>
      <span role="cell">
        {onSelect ? <Switch
          size="xs" checked={rule.enabled} aria-label={`Enable ${title}`} disabled={turn.isPending}
          onChange={(e) => turn.mutate({ id: rule.id, version: rule.settingsVersion, enabled: e.currentTarget.checked })}
        /> : rule.enabled ? "on" : "off"}
      </span>
      <span role="cell" className={css.rule}>
        <Anchor component={Link} to={rulePath(rule.id)} size="sm" className={css.title ?? ""} title={title}>{title}</Anchor>
        <span className={css.about} data-problem={rule.problem ? true : undefined} title={rule.problem ?? about}>{rule.problem ? visible(rule.problem) : about}</span>
      </span>
      <span role="cell"><Level level={rule.level} /></span>
      <span role="cell"><Fitness grade={rule.fitness.grade} /></span>
      <span role="cell" className={`numeric ${css.fired ?? ""}`}>{rule.fired.noisy && <Badge size="xs" color="yellow" variant="light" tt="none">noisy</Badge>} {count(rule.fired.count)}<Time at={rule.fired.last} /></span>
    </div>
  );
}
