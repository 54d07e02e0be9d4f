import { Button, Menu, Popover, Select, Stack, TextInput, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowLeft, IconArrowRight, IconArrowUp, IconChartBar, IconDotsVertical, IconEyeOff, IconFilter, IconFilterFilled, IconRulerMeasure } from "@tabler/icons-react";
import { useState } from "react";
import type { SyntheticEvent } from "react";
import { Edge } from "../../events/ColumnHead";
import { clamp } from "../../events/columns";
import { visible } from "../../events/document";
import type { ResultColumn } from "../wire";
import { moveColumn, sortBy, toggleColumn, withRowFilter } from "./layout";
import type { Layout } from "./layout";
import { tests, testWords } from "./order";
import type { Test } from "./order";
import css from "./ResultTable.module.css";

interface Props {
  columns: readonly ResultColumn[];
  column: number;
  /** Its place among those that are shown. */
  at: number;
  left: number;
  width: number;
  layout: Layout;
  onLayout: (layout: Layout) => void;
  /** While a width is being drawn, before it is decided. */
  onDrawing: (layout: Layout | undefined) => void;
  onStatistics: (column: number) => void;
}

const dragType = "application/x-penstock-result-column";

/** ResultHead names a column; its name sorts, its menu has everything else that can be done with it. */
export function ResultHead({ columns, column, at, left, width, layout, onLayout, onDrawing, onStatistics }: Props) {
  const [over, setOver] = useState(false);
  const [filtering, setFiltering] = useState(false);
  const name = visible(columns[column]?.name ?? "").slice(0, 200);
  const type = columns[column]?.type ?? "";
  const sort = layout.sort?.column === column ? (layout.sort.descending ? "descending" : "ascending") : "none";
  const filtered = layout.filters.some((f) => f.column === column);
  const resize = (w: number): Layout => ({ ...layout, widths: { ...layout.widths, [column]: clamp(w) } });
  return (
    // What takes the keys are the buttons within.
    // eslint-disable-next-line jsx-a11y/interactive-supports-focus
    <div
      className={css.headCell} role="columnheader" aria-colindex={at + 2} aria-sort={sort} data-over={over || undefined} style={{ left, width }} draggable
      onDragStart={(e) => { e.dataTransfer.setData(dragType, String(column)); e.dataTransfer.effectAllowed = "move"; }}
      onDragOver={(e) => { if (e.dataTransfer.types.includes(dragType)) { e.preventDefault(); setOver(true); } }}
      onDragLeave={() => setOver(false)}
      onDrop={(e) => { e.preventDefault(); setOver(false); onLayout(moveColumn(layout, Number(e.dataTransfer.getData(dragType)), at)); }}
    >
      <UnstyledButton className={css.sort ?? ""} title={`${name}: ${type}`} aria-label={`Sort by ${name}`} onClick={() => onLayout(sortBy(layout, column))}>
        <span>{name}</span>{sort === "ascending" ? <IconArrowUp size={13} aria-hidden /> : sort === "descending" && <IconArrowDown size={13} aria-hidden />}
      </UnstyledButton>
      <Popover opened={filtering} onChange={setFiltering} withRoles={false} width={260} shadow="md" position="bottom-start" trapFocus returnFocus>
        <Popover.Target>
          <span>
            <Menu shadow="md" position="bottom-start" width={220}>
              <Menu.Target><UnstyledButton className={css.more ?? ""} data-on={filtered || undefined} aria-label={`Column ${name}`}>{filtered ? <IconFilterFilled size={13} /> : <IconDotsVertical size={14} />}</UnstyledButton></Menu.Target>
              <Menu.Dropdown>
                <Menu.Label>{type}</Menu.Label>
                <Menu.Item leftSection={<IconArrowUp size={14} />} onClick={() => onLayout({ ...layout, sort: { column, descending: false } })}>Sort ascending</Menu.Item>
                <Menu.Item leftSection={<IconArrowDown size={14} />} onClick={() => onLayout({ ...layout, sort: { column, descending: true } })}>Sort descending</Menu.Item>
                <Menu.Item leftSection={<IconFilter size={14} />} onClick={() => setFiltering(true)}>Filter…</Menu.Item>
                <Menu.Item leftSection={<IconChartBar size={14} />} onClick={() => onStatistics(column)}>Statistics</Menu.Item>
                <Menu.Item leftSection={<IconArrowLeft size={14} />} disabled={at === 0} onClick={() => onLayout(moveColumn(layout, column, at - 1))}>Move left</Menu.Item>
                <Menu.Item leftSection={<IconArrowRight size={14} />} disabled={at === layout.shown.length - 1} onClick={() => onLayout(moveColumn(layout, column, at + 1))}>Move right</Menu.Item>
                {layout.widths[column] !== undefined && (
                  <Menu.Item leftSection={<IconRulerMeasure size={14} />} onClick={() => onLayout({ ...layout, widths: Object.fromEntries(Object.entries(layout.widths).filter(([c]) => Number(c) !== column)) })}>Width by itself</Menu.Item>
                )}
                <Menu.Item leftSection={<IconEyeOff size={14} />} disabled={layout.shown.length === 1} onClick={() => onLayout(toggleColumn(layout, column))}>Hide the column</Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </span>
        </Popover.Target>
        <Popover.Dropdown role="dialog" aria-label={`Filter ${name}`}>
          <FilterForm name={name} onFilter={(test, value) => { setFiltering(false); onLayout(withRowFilter(layout, { column, test, value })); }} />
        </Popover.Dropdown>
      </Popover>
      <Edge label={name} width={() => width} onDraw={(w) => onDrawing(w === undefined ? undefined : resize(w))} onWidth={(w) => onLayout(resize(w))} />
    </div>
  );
}

function FilterForm({ name, onFilter }: { name: string; onFilter: (test: Test, value: string) => void }) {
  const [test, setTest] = useState<Test>("contains");
  const [value, setValue] = useState("");
  const whole = test === "empty" || test === "!empty";
  const submit = (e: SyntheticEvent) => {
    e.preventDefault();
    if (whole || value !== "") onFilter(test, whole ? "" : value);
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <Select
          size="xs" label={`Rows whose ${name}`} allowDeselect={false} data={tests.map((t) => ({ value: t, label: testWords[t] }))} value={test} onChange={(v) => setTest(tests.find((t) => t === v) ?? "contains")}
          comboboxProps={{ withinPortal: false }}
        />
        {!whole && <TextInput size="xs" aria-label="Value" value={value} maxLength={1000} onChange={(e) => setValue(e.currentTarget.value)} data-autofocus />}
        <Button size="xs" type="submit" disabled={!whole && value === ""}>Filter</Button>
      </Stack>
    </form>
  );
}
