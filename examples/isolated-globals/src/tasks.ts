/** A global of this module. Every process loads the module for itself and so has its own. */
export let total = 100

export function add(amount: number): void {
  total += amount
  console.log(`add: ${total}`)
}

export function subtract(amount: number): void {
  total -= amount
  console.log(`subtract: ${total}`)
}
