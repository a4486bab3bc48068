/** Reads a generated table: each line is a number and the names of it and of the numbers that follow. */
export function parseTable(text: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [first, ...run] = line.split(' ');
    run.forEach((name, i) => names.set(Number(first) + i, name));
  }
  return names;
}
