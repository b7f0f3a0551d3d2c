import type { DeathReport } from './errors.ts'
import type { Transport } from './transport.ts'

/** What a manager's process is started with. */
export interface ManagerRequest {
  readonly name: string
  /** Where it listens; none: where only this user can connect. */
  readonly address: string | undefined
  readonly authKey: Uint8Array
  /** The URL of the module that registers its classes, if there is one. */
  readonly module: string | undefined
  /** The function of that module which is called before anything else, and the payload of its arguments. */
  readonly initializer: string | undefined
  readonly initArgs: Uint8Array
  readonly maxFrame: number
  /** How long whoever connects may take to prove that he knows the key, in milliseconds. */
  readonly handshakeTimeout: number
}

export interface ManagerProcess {
  readonly pid: number | undefined
  /** Where it listens, once it does; rejects with what its initializer threw, or with StartError. */
  readonly ready: Promise<string>
  readonly ended: Promise<DeathReport>
  /** Asks it to end. */
  stop(): void
  kill(): void
}

/** What a platform adds for managers in processes of their own. */
export interface ManagerHost {
  start(request: ManagerRequest): ManagerProcess
  /**
   * Connects, and proves that both sides know the key.
   * @throws AuthenticationError, or what kept it from connecting
   */
  connect(address: string, authKey: Uint8Array): Promise<Transport>
  /** How an address is written that a user gave. @throws TypeError, or ValueError if it is too long */
  addressOf(given: ManagerAddress): string
}

/** The path of a Unix socket, or a TCP host and port; port 0: any that is free. */
export type ManagerAddress = string | { readonly host: string; readonly port: number }
