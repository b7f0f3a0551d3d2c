import { PLACES } from './places.ts'
import { type Counts, MAXSIZE } from './render-job.ts'
import type { Display, State } from './studio.ts'
import { describe, describeSize, type View } from './view.ts'

/** The element of the page that has this id. */
function element<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T
}

/** What there is to operate and to read. */
export const page = {
  main: document.querySelector('main')!,
  canvas: element<HTMLCanvasElement>('picture'),
  place: element<HTMLSelectElement>('place'),
  workers: element<HTMLInputElement>('workers'),
  wanted: element<HTMLOutputElement>('wanted'),
  button: (name: string) => element<HTMLButtonElement>(name),
}

/** Puts what never changes into the page. */
export function furnish(place: number, workers: number): void {
  page.place.append(...PLACES.map(({ name }, at) => new Option(name, String(at), at === place, at === place)))
  page.workers.value = String(workers)
  page.wanted.value = page.workers.value
  element('maxsize').textContent = String(MAXSIZE)
  element('queue').append(...Array.from({ length: MAXSIZE }, () => document.createElement('i')))
}

export const display: Display = {
  showView(view: View): void {
    element('where').textContent = describe(view)
    element('size').textContent = describeSize(view.size)
    page.place.value = String(PLACES.findIndex((place) => place.view === view)).replace('-1', '')
  },

  showState(state: State): void {
    page.main.dataset['state'] = state.is
    element('status').textContent = sentence(state)
    const painting = state.is === 'painting'
    for (const name of ['cancel', 'kill']) page.button(name).disabled = !painting
  },

  showCounts({ total, waiting, taken, done, again, workers }: Counts): void {
    Object.assign(element<HTMLProgressElement>('progress'), { max: total, value: done })
    const texts = { waiting, taken, done, total, again, running: workers }
    for (const [id, count] of Object.entries(texts)) element(id).textContent = String(count)
    for (const [at, slot] of [...element('queue').children].entries()) slot.classList.toggle('full', at < waiting)
  },
}

function sentence(state: State): string {
  switch (state.is) {
    case 'painting':
      return 'Painting…'
    case 'complete':
      return `Complete in ${state.seconds.toFixed(1)} s`
    case 'cancelled':
      return 'Cancelled'
    case 'failed':
      return `Failed: ${state.error}`
    default:
      return state satisfies never
  }
}
