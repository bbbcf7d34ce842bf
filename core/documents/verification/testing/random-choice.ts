/** Chooses one of a list by a source of numbers; undefined of an empty one. */
export function pickOf(random: () => number): <Item>(list: readonly Item[]) => Item | undefined {
  return (list) => list[Math.floor(random() * list.length)];
}
