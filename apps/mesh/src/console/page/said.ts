/** What the console tells its user for a few seconds. */

/** Something just happened; `undo` takes it back. */
export interface Said {
  text: string
  bad?: boolean
  undo?: () => void
}
