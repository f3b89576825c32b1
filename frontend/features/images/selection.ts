/** Which images are chosen. `anchor` is where a range starts: the one last chosen by itself. */
export interface Selection {
  readonly ids: ReadonlySet<string>;
  readonly anchor: string | null;
}

export const NOTHING: Selection = { ids: new Set(), anchor: null };

export function toggle({ ids }: Selection, id: string): Selection {
  const next = new Set(ids);
  if (!next.delete(id)) next.add(id);
  return { ids: next, anchor: id };
}

/** Adds everything between the anchor and `id`, in the order shown. The anchor stays, so the range can be moved on. */
export function extendTo(selection: Selection, id: string, order: readonly string[]): Selection {
  const to = order.indexOf(id);
  const from = selection.anchor === null ? to : order.indexOf(selection.anchor);
  if (to < 0) return selection;
  if (from < 0) return toggle({ ...selection, ids: new Set([...selection.ids].filter((known) => known !== id)) }, id);
  const range = order.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { ids: new Set([...selection.ids, ...range]), anchor: order[from] ?? id };
}

export const selectAll = (order: readonly string[]): Selection => ({ ids: new Set(order), anchor: order[0] ?? null });

/** Drops what is no longer shown, so that nothing invisible is deleted. */
export function keepShown(selection: Selection, order: readonly string[]): Selection {
  const shown = new Set(order);
  const ids = [...selection.ids].filter((id) => shown.has(id));
  if (ids.length === selection.ids.size) return selection;
  return { ids: new Set(ids), anchor: selection.anchor && shown.has(selection.anchor) ? selection.anchor : null };
}

export type Direction = "left" | "right" | "up" | "down" | "first" | "last";

/** The index that a key leads to in a grid, staying inside it. */
export function move(index: number, direction: Direction, columns: number, count: number): number {
  const steps = { left: -1, right: 1, up: -columns, down: columns, first: -index, last: count - 1 - index };
  const target = index + steps[direction];
  return target < 0 || target >= count ? index : target;
}
