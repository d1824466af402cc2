/** Indented lines of a title and cells; the cells of lines that follow each other stand below each other, two blanks apart, as Go's tabwriter puts them. */
export class Outline {
  readonly #lines: string[][] = []

  line(level: number, ...cells: string[]) {
    const [first = '', ...rest] = cells
    this.#lines.push(['  '.repeat(level) + first, ...rest])
  }

  text(): string {
    const lines = this.#lines.map((line) => [...line])
    // A column lasts as long as every line has a cell after it.
    for (let column = 0; lines.some((line) => line.length > column + 1); column++)
      for (let from = 0; from < lines.length; from++) {
        if (lines[from]!.length <= column + 1) continue
        let to = from
        while (to < lines.length && lines[to]!.length > column + 1) to++
        const width = Math.max(...lines.slice(from, to).map((line) => line[column]!.length)) + 2
        for (const line of lines.slice(from, to)) line[column] = line[column]!.padEnd(width)
        from = to
      }
    return lines.map((line) => `${line.join('')}\n`).join('')
  }
}
