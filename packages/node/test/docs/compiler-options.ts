/** How programs are checked that are written down elsewhere: as their users would, and nothing is kept of it. */
export const AS_USERS_DO = {
  noEmit: true,
  allowImportingTsExtensions: true,
  rewriteRelativeImportExtensions: false,
  composite: false,
  incremental: false,
} as const
