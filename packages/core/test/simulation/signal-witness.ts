import type { Hub } from '../../src/hub.ts'
import type { Primitive, Reply } from '../../src/primitives/primitive.ts'
import type { Caller, SignalModel, SignalPort } from './signal-model.ts'
import type { SimProcess } from './sim-process.ts'

/** The first call of every channel: whose it is. */
export const I_AM = 'i am'

/** Sits between the peers and the primitives, and has every frame played by the models as well. */
export class SignalWitness {
  readonly #processes: ReadonlyMap<string, SimProcess>
  /** Makes the model of a primitive, if it is to have one. */
  readonly #modelOf: (id: string) => SignalModel | undefined

  constructor(
    hub: Hub,
    processes: ReadonlyMap<string, SimProcess>,
    modelOf: (id: string, primitive: Primitive) => SignalModel | undefined,
  ) {
    this.#processes = processes
    const models = new Map<string, SignalModel | undefined>()
    this.#modelOf = (id) => models.get(id)
    const { add } = hub
    hub.add = (id, primitive) => {
      models.set(id, modelOf(id, primitive))
      this.#watch(id, primitive)
      add.call(hub, id, primitive)
    }
  }

  #watch(id: string, primitive: Primitive): void {
    const { connect } = primitive
    primitive.connect = (outlet) => {
      const port = connect.call(primitive, outlet)
      const { call, cancel, release } = port
      const here = {} as { process: SimProcess }
      const model = this.#modelOf(id)
      port.call = (operation, args, reply) => {
        if (operation === I_AM) {
          here.process = this.#processes.get(String(args[0]))!
          return reply.done(null)
        }
        if (model === undefined || operation === 'watch') return call.call(port, operation, args, reply)
        const caller: Caller = { port: here, operation, args }
        model.called(caller)
        call.call(port, operation, args, heard(model, caller, reply))
        model.compare()
      }
      port.cancel = (lane, ticket) => {
        model?.cancelled(here as SignalPort, ticket)
        cancel.call(port, lane, ticket)
        model?.compare()
      }
      port.release = (how) => {
        if (here.process !== undefined) model?.left(here as SignalPort, how)
        release.call(port, how)
        model?.compare()
      }
      return port
    }
  }
}

/** The model hears the answer as well. */
function heard(model: SignalModel, caller: Caller, reply: Reply): Reply {
  return {
    done: (value) => {
      model.answered(caller, value)
      reply.done(value)
    },
    fail: (error) => {
      model.answered(caller, error)
      reply.fail(error)
    },
    give: (buffers) => reply.give(buffers),
    share: (buffers) => reply.share(buffers),
  }
}
