import { ActionIcon, TextInput, Tooltip, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronRight, IconPlayerPlay, IconSearch } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { Failure, Loading } from "../../shared/states";
import { short } from "../../time/format";
import { useHuntSchema } from "../queries";
import type { SchemaTable } from "../wire";
import css from "./Side.module.css";

interface Props {
  onInsert: (text: string) => void;
  /** Runs a query in a tab of its own. */
  onTry: (query: string) => void;
}

/** SchemaBrowser shows the tables with their columns; a click writes their names. */
export function SchemaBrowser({ onInsert, onTry }: Props) {
  const schema = useHuntSchema();
  const [wanted, setWanted] = useState("");
  const [opened, setOpened] = useState<string>();
  const found = useMemo(() => filtered(schema.data ?? [], wanted), [schema.data, wanted]);
  if (schema.isPending) return <Loading what="tables" />;
  if (schema.isError) return <Failure error={schema.error} retry={() => void schema.refetch()} />;
  return (
    <>
      <div className={css.search}><TextInput size="xs" leftSection={<IconSearch size={14} />} placeholder="Find a table or column" aria-label="Find a table or column" value={wanted} onChange={(e) => setWanted(e.currentTarget.value)} /></div>
      <div className={css.list}>
        {found.map((t) => <Table key={t.name} table={t} open={opened === t.name || (wanted.length > 2 && found.length <= 8)} onToggle={() => setOpened(opened === t.name ? undefined : t.name)} onInsert={onInsert} onTry={onTry} />)}
        {found.length === 0 && <div className={css.about}>No table or column of that name.</div>}
      </div>
    </>
  );
}

/** filtered are the tables that have a name; of those that have it as a column, these columns alone. Tables with events come first. */
function filtered(tables: readonly SchemaTable[], wanted: string): SchemaTable[] {
  const small = wanted.trim().toLowerCase();
  const has = (name: string) => name.toLowerCase().includes(small);
  const some = small === "" ? [...tables] : tables.flatMap((t) => {
    if (has(t.name)) return [t];
    const columns = t.columns.filter((c) => has(c.name));
    return columns.length > 0 ? [{ ...t, columns }] : [];
  });
  return some.sort((a, b) => Number(arrived(b)) - Number(arrived(a)) || (a.name < b.name ? -1 : 1));
}

const arrived = (t: SchemaTable) => t.rows > 0;

function Table({ table: t, open, onToggle, onInsert, onTry }: Props & { table: SchemaTable; open: boolean; onToggle: () => void }) {
  return (
    <div data-table={t.name}>
      <div className={css.table} data-empty={!arrived(t) || undefined}>
        <UnstyledButton className={css.open ?? ""} onClick={onToggle} aria-expanded={open} title={arrived(t) ? t.name : `${t.name}: nothing of it has arrived`}>
          {open ? <IconChevronDown size={13} aria-hidden /> : <IconChevronRight size={13} aria-hidden />}<span>{t.name}</span><small>{arrived(t) ? short(t.rows) : "none"}</small>
        </UnstyledButton>
        <Tooltip label="Ten rows of it"><ActionIcon size={24} variant="subtle" color="gray" aria-label={`Sample of ${t.name}`} onClick={() => onTry(`${t.name}\n| take 10`)}><IconPlayerPlay size={13} /></ActionIcon></Tooltip>
      </div>
      {open && (
        <>
          {t.description && <div className={css.about}>{t.description}</div>}
          <ul className={css.columns}>
            <li><UnstyledButton className={css.column ?? ""} onClick={() => onInsert(t.name)}><span>Write the table’s name</span></UnstyledButton></li>
            {t.columns.map((c) => (
              <li key={c.name}><UnstyledButton className={css.column ?? ""} title={c.description ? `${c.name}: ${c.description}` : c.name} aria-label={`Write ${c.name}`} onClick={() => onInsert(c.name)}><span>{c.name}</span><small>{c.type}</small></UnstyledButton></li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
