/** A permit that `hold` acquired. It is released once: when its scope ends, with `using`, or by `release`. */
export interface Guard {
  /**
   * The process that died with this permit, if one did and nobody has been told yet: what the permit protects may be half
   * done, so look after it first. Undefined otherwise.
   */
  readonly abandoned: string | undefined
  /** Releases it; the second time does nothing. */
  release(): Promise<void>
  /** Releases it when the scope of a `using` ends. */
  [Symbol.dispose](): void
  /** The same for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

export class PermitGuard implements Guard {
  readonly abandoned: string | undefined
  /** Keeps the handle, which must not become garbage while a permit is in use. */
  #release: (() => Promise<void>) | undefined

  constructor(abandoned: string | undefined, release: () => Promise<void>) {
    this.abandoned = abandoned
    this.#release = release
  }

  release(): Promise<void> {
    const release = this.#release
    this.#release = undefined
    return release === undefined ? Promise.resolve() : release()
  }

  [Symbol.dispose](): void {
    // It can only fail where there is nothing left to release.
    this.release().catch(() => {})
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release()
  }
}
