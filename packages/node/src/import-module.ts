/**
 * Imports a task module. In a module of its own, which is loaded when the loaders have been registered: a loader looks
 * at the importing module too, and does not know those that were loaded before it.
 */
export function importModule(url: string): Promise<Record<string, unknown>> {
  return import(url)
}
