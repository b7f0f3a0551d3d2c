/** What became of a page. Times are milliseconds, sizes bytes. */
export type Outcome =
  | {
      readonly is: 'read'
      readonly status: number
      readonly type: string
      /** Null: it was only looked whether it is there, and the server did not say. */
      readonly bytes: number | null
      /** It is larger than pages may be, and was read no further. */
      readonly cut: boolean
      readonly ms: number
      /** What it links to, each once. */
      readonly links: readonly string[]
    }
  | { readonly is: 'redirected'; readonly status: number; readonly to: string; readonly ms: number }
  | { readonly is: 'failed'; readonly problem: string; readonly status: number | null }
  | { readonly is: 'barred'; readonly by: string }

/** Something that was linked to. */
export interface Page {
  readonly url: string
  /** How many links lead there from the start page, by the shortest way known. */
  depth: number
  /** How many redirects in a row led there. */
  readonly hops: number
  /** Undefined: nobody has been there yet. */
  outcome: Outcome | undefined
}
