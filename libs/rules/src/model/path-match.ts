/** `prefix` is a prefix of the string, `segments` of the path's segments. Values of `ignoreCase` matches are lower case. */
export type PathMatch =
  | { kind: 'exact' | 'prefix' | 'segments'; value: string; ignoreCase: boolean }
  | { kind: 'regex'; value: string; test: (path: string) => boolean }
