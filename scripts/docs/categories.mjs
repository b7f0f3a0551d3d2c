import { Comment, CommentTag, Converter, ReflectionKind } from 'typedoc'

/** What stands where in the list of symbols. What is not named here and is no error stands at the end. */
const CATEGORIES = {
  Processes: `Process ProcessOptions ParentProcess CurrentProcess currentProcess parentProcess activeChildren cpuCount Kind Stdio
    ResourceLimits StopSignal AbortSignal taskModule Task Tasks TaskSource wait Waitable onExit setStartMethod getStartMethod
    getAllStartMethods getContext StartMethod StartContext registerClass configure getLogger logToStderr Logger LogLevel
    setExecutable expose ExposeOptions windowPort`,
  Queues: 'BaseQueue Queue JoinableQueue SimpleQueue QueueOptions JoinableQueueOptions PutOptions WaitOptions Delivery',
  Pipes: 'Pipe PipeOptions Connection',
  Synchronisation: `Lock RLock RLockOptions Semaphore BoundedSemaphore SharedEvent Condition ConditionLock Barrier BarrierOptions
    Guard AcquireOptions`,
  'Shared memory': `SharedValue SharedValueOptions RawValue SharedArray RawArray SharedStruct SharedField StructFields StructOf
    StructUpdate SharedLock ValueLock AtomicValue AtomicArray copy Copyable SharedMemory SharedMemoryOptions SharedMemoryManager
    ShareableList ShareableListOptions ShareableItem TypeName TypeCode ElementType ElementOf AssignableTo`,
  Managers: `Manager ManagedPool ManagedPoolOptions ManagerOptions ManagerAddress SharedMap SharedList Namespace Remote SharedKey Versioned MapChanges
    ListChanges`,
  Pools: `Pool PoolOptions PoolStats PoolEvent PoolEvents WorkerIdentity AsyncResult ImapIterator currentTask CurrentTask
    TaskOptions AsyncOptions MapOptions ImapOptions Inputs Collected Streamed`,
}
const ERRORS = 'Errors'

const categoryOf = new Map(
  Object.entries(CATEGORIES).flatMap(([category, names]) => names.split(/\s+/).map((name) => [name, category])),
)

export const categoryOrder = [...Object.keys(CATEGORIES), '*', ERRORS]

/** Sorts the symbols of the main entry points into categories. @param {import('typedoc').Application} app */
export function categorise({ converter }) {
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getChildrenByKind(ReflectionKind.Module)) {
      if (module.name !== 'index') continue
      for (const symbol of module.children ?? []) mark(symbol)
    }
  })
}

/** @param {import('typedoc').DeclarationReflection} symbol */
function mark(symbol) {
  const category = categoryOf.get(symbol.name) ?? (isError(symbol.name) ? ERRORS : undefined)
  if (category === undefined) return
  symbol.comment ??= new Comment()
  symbol.comment.blockTags.push(new CommentTag('@category', [{ kind: 'text', text: category }]))
}

const isError = (name) => /Error$|^(SystemExit|RemoteTraceback|DeathReport)$/.test(name)
