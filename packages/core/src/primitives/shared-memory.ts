import { FileExistsError, NotSharedError, ProtocolError, ValueError } from '../errors.ts'
import { type Cells, cellsOver, OPERATIONS, type Operation } from '../shared-cells.ts'
import { SIZES, type TypeName } from '../type-codes.ts'
import { HEADER_BYTES, ownerOf, WATCHERS } from './lock-word.ts'
import { type Backing, backBy, backByArena, checkBlock, type MapMemory, newBuffer } from './memory-backing.ts'
import { type NameKeeper, unknownName } from './memory-names.ts'
import type { Outlet, Primitive, Reply } from './primitive.ts'
import type { KeptBlock, Run } from './runs.ts'
import { SharedLockState } from './shared-lock-state.ts'
import { CalledPort } from './waiters.ts'

export interface MemoryOptions {
  /** Bytes, without the words ahead of them. */
  readonly size: number
  /** The handles that it needs, such as a lock. */
  readonly holds: readonly string[]
  /** It has a lock. */
  readonly locked: boolean
}

/**
 * A block of shared memory: how long it lives, who is told of its changes, who has its lock, what its name is; and it
 * serves those who cannot share it.
 *
 * Its maker gives it memory that it shares with others: a block of the arena, or shared buffers. If it gives none, there
 * is some here.
 *
 * **Invariants**
 * - The memory is not given back while a channel or an item leads here.
 * - A lock whose owner has gone is somebody else's, or nobody's, when `gone` returns.
 */
export class SharedMemoryPrimitive implements Primitive {
  readonly #id: string
  readonly #hub: NameKeeper
  readonly #size: number
  readonly #holds: readonly string[]
  readonly #locked: boolean
  readonly #map: MapMemory
  readonly #ports = new Set<MemoryPort>()
  #block: KeptBlock | undefined
  #backing: Backing | undefined
  #lock: SharedLockState<MemoryPort> | undefined
  #name: string | undefined
  #unlinked = false
  readonly #keepers = new Set<() => void>()

  constructor(id: string, hub: NameKeeper, { size, holds, locked }: MemoryOptions, map: MapMemory) {
    this.#id = id
    this.#hub = hub
    this.#size = size
    this.#holds = holds
    this.#locked = locked
    this.#map = map
    hub.retain(holds)
  }

  connect(outlet: Outlet): MemoryPort {
    const port = new MemoryPort(this, outlet)
    this.#ports.add(port)
    return port
  }

  dispose(): void {
    this.#freeName()
    this.#block?.free()
    this.#hub.forgo(this.#holds)
  }

  /** The maker gives the memory. */
  give({ block }: Run): void {
    const isMemory = block?.position !== undefined || block?.take !== undefined
    if (block === undefined || !isMemory || this.#block !== undefined || this.#backing !== undefined) {
      block?.free()
      throw new ProtocolError('shared memory is given once, by whoever makes it')
    }
    // Whoever gave something else is at fault, not who asks for it later.
    const buffers = block.take?.()
    if (buffers !== undefined) this.#backing = backBy(buffers, this.#size)
    else checkBlock(block, this.#size)
    this.#block = block
  }

  open(reply: Reply): void {
    if (this.#unlinked) return reply.fail(unknownName(this.#name ?? ''))
    reply.share(this.#block?.position === undefined ? this.backing.buffers : [])
  }

  /** @throws NotSharedError where the hub cannot reach it */
  get backing(): Backing {
    this.#backing ??= this.#back()
    return this.#backing
  }

  get lock(): SharedLockState<MemoryPort> {
    if (!this.#locked) throw new ProtocolError('this shared memory has no lock')
    this.#lock ??= new SharedLockState(this.backing.header)
    return this.#lock
  }

  cancel(port: MemoryPort, ticket: number): void {
    this.#lock?.cancel(port, ticket)
  }

  cells(type: unknown): Cells {
    if (typeof type !== 'string' || !Object.hasOwn(SIZES, type)) throw new ProtocolError('elements of no known type')
    const name = type as TypeName
    return cellsOver(name, this.backing.bytes.buffer, Math.floor(this.#size / SIZES[name]))
  }

  bytes(offset: unknown, length: unknown): Uint8Array {
    if (!Number.isInteger(offset) || !Number.isInteger(length)) throw new ProtocolError('no place in the memory')
    const [start, end] = [offset as number, (offset as number) + (length as number)]
    if (start < 0 || end < start || end > this.#size) throw new ValueError(`bytes ${start} to ${end} of ${this.#size}`)
    return this.backing.bytes.subarray(start, end)
  }

  changed(): void {
    for (const port of this.#ports) if (port.watching) port.tell('changed')
  }

  /** Somebody watches, or has ceased to. */
  watched(): void {
    let watching = 0
    for (const port of this.#ports) if (port.watching) watching++
    Atomics.store(this.backing.header, WATCHERS, watching)
  }

  setName(name: unknown, options: unknown, reply: Reply): void {
    if (typeof name !== 'string' || this.#name !== undefined) throw new ProtocolError('not a name')
    if (this.#hub.names.has(name))
      return reply.fail(new FileExistsError(`shared memory of the name ${JSON.stringify(name)} exists already`))
    this.#name = name
    this.#hub.names.set(name, { id: this.#id, options })
    reply.done(undefined)
  }

  /** Nobody opens it any more. */
  forgetName(): void {
    this.#freeName()
    this.#unlinked = true
    for (const tell of this.#keepers) tell()
    this.#keepers.clear()
  }

  /** Somebody keeps it for the sake of its name, and is told when that is gone. */
  keepFor(unlinked: () => void): void {
    if (this.#unlinked) unlinked()
    else this.#keepers.add(unlinked)
  }

  unlink(reply: Reply): void {
    if (this.#name === undefined || this.#unlinked) return reply.fail(unknownName(this.#name ?? ''))
    this.forgetName()
    reply.done(undefined)
  }

  leave(port: MemoryPort): void {
    this.#ports.delete(port)
    if (port.watching && this.#backing !== undefined) this.watched()
    this.closed()
    this.#lock?.forget(port)
  }

  /**
   * A context is gone. It may have had the lock though the hub never heard that it shares the memory: what it wrote in
   * its last turn is lost.
   */
  gone(range: number, who: string): void {
    if (!this.#locked || (this.#block === undefined && this.#backing === undefined)) return
    try {
      this.lock.recover(ownerOf(range), who)
    } catch (error) {
      if (!(error instanceof NotSharedError)) throw error
    }
  }

  /** A context needs it no more; with the last one its name is free, though views of it may be left. */
  closed(): void {
    for (const port of this.#ports) if (!port.closed) return
    if (this.#hub.uses(this.#id) <= this.#ports.size) this.#freeName()
  }

  #freeName(): void {
    if (this.#name !== undefined && this.#hub.names.get(this.#name)?.id === this.#id) this.#hub.names.delete(this.#name)
  }

  #back(): Backing {
    const { position } = this.#block ?? {}
    if (position !== undefined) return backByArena(this.#map, position, this.#size)
    return backBy([HEADER_BYTES, this.#size].map(newBuffer), this.#size)
  }
}

class MemoryPort extends CalledPort {
  readonly takesMemory = true
  watching = false
  closed = false
  readonly #memory: SharedMemoryPrimitive
  readonly #outlet: Outlet

  constructor(memory: SharedMemoryPrimitive, outlet: Outlet) {
    super()
    this.#memory = memory
    this.#outlet = outlet
  }

  /** What the context is called in the word of the lock. */
  get owner(): number | undefined {
    const { range } = this.#outlet
    return range === undefined ? undefined : ownerOf(range)
  }

  tell(news: string): void {
    this.#outlet.notice(news)
  }

  override put(run: Run): void {
    this.#memory.give(run)
  }

  override call(operation: string, args: readonly unknown[], reply: Reply): void {
    try {
      this.#perform(operation, args, reply)
    } catch (error) {
      if (error instanceof ProtocolError) throw error
      reply.fail(error as Error)
    }
  }

  override cancel(_lane: number, ticket: number): void {
    this.#memory.cancel(this, ticket)
  }

  override release(): void {
    this.#memory.leave(this)
  }

  #perform(operation: string, args: readonly unknown[], reply: Reply): void {
    switch (operation) {
      case 'open':
        return this.#memory.open(reply)
      case 'cell':
        return reply.done(this.#operate(args))
      case 'read':
        return reply.done(this.#memory.bytes(args[0], args[1]).slice())
      case 'write':
        return reply.done(this.#write(args))
      case 'lock':
        return this.#memory.lock.ask(this, this.#checkedOwner(), args, reply)
      case 'unlock':
        return reply.done(this.#memory.lock.pass(this.#checkedOwner()))
      case 'whoDied':
        return reply.done(this.#memory.lock.whoDied(this.#checkedOwner()))
      case 'wake':
        return reply.done(this.#memory.lock.wake())
      case 'watch':
      case 'unwatch':
        this.watching = operation === 'watch'
        return reply.done(this.#memory.watched())
      case 'changed':
        return reply.done(this.#memory.changed())
      case 'name':
        return this.#memory.setName(args[0], args[1], reply)
      case 'unlink':
        return this.#memory.unlink(reply)
      case 'close':
        this.closed = true
        return reply.done(this.#memory.closed())
      default:
        throw new ProtocolError(`shared memory knows no operation ${operation}`)
    }
  }

  #operate([type, operation, index, ...values]: readonly unknown[]): unknown {
    const cells = this.#memory.cells(type)
    if (!Number.isInteger(index) || (index as number) < 0 || (index as number) >= cells.length)
      throw new ProtocolError(`no element ${String(index)}`)
    if (operation === 'get') return cells.get(index as number)
    if (operation === 'set') cells.set(index as number, values[0])
    else if (!OPERATIONS.includes(operation as Operation)) throw new ProtocolError('no operation on an element')
    else return this.#changing(cells[operation as Operation](index as number, values[0], values[1]))
    return this.#changing(undefined)
  }

  #changing(result: unknown): unknown {
    this.#memory.changed()
    return result
  }

  #write([offset, bytes]: readonly unknown[]): void {
    if (!(bytes instanceof Uint8Array)) throw new ProtocolError('no bytes to write')
    this.#memory.bytes(offset, bytes.length).set(bytes)
    this.#memory.changed()
  }

  #checkedOwner(): number {
    const { owner } = this
    if (owner === undefined) throw new ProtocolError('a lock for a context that has no number')
    return owner
  }
}
