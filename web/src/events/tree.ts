// The processes of a tree, as the server lists them, under one another.
import type { TreeProcess } from "../api/client";

export interface Branch {
  process: TreeProcess;
  children: Branch[];
}

/** branches puts each process under the one that started it; those whose parent is not listed are roots. */
export function branches(processes: TreeProcess[]): Branch[] {
  const all = new Map<string, Branch>();
  for (const process of processes) all.set(process.id, { process, children: [] });
  const roots: Branch[] = [];
  for (const branch of all.values()) {
    const parent = branch.process.parent === undefined ? undefined : all.get(branch.process.parent);
    if (parent && parent !== branch) parent.children.push(branch);
    else roots.push(branch);
  }
  return roots;
}
