import type { Painted } from './tasks.ts'

/** Finer pixels than that cost more time than they show. */
const MAX_RATIO = 2
/** How much of what was there before shows until it is painted anew. */
const VEIL = 'rgb(128 128 128 / 0.45)'

/** The canvas, in its own pixels, of which a screen may have several to a CSS pixel. */
export class Easel {
  readonly #canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas
    this.#context = canvas.getContext('2d')!
  }

  get width(): number {
    return this.#canvas.width
  }

  get height(): number {
    return this.#canvas.height
  }

  /** Makes the canvas as fine as the screen; false if it is already. Changing it empties it. */
  fit(): boolean {
    const ratio = Math.min(MAX_RATIO, devicePixelRatio)
    const width = Math.max(1, Math.round(this.#canvas.clientWidth * ratio))
    const height = Math.max(1, Math.round(this.#canvas.clientHeight * ratio))
    if (width === this.width && height === this.height) return false
    Object.assign(this.#canvas, { width, height })
    return true
  }

  draw({ tile, pixels }: Painted): void {
    this.#context.putImageData(new ImageData(pixels, tile.width, tile.height), tile.x, tile.y)
  }

  /** Until it is painted: what is there, so much larger, with that point where it is; veiled. */
  preview(factor: number, x: number, y: number): void {
    this.#context.globalCompositeOperation = 'copy'
    const [left, top] = [x * (1 - factor), y * (1 - factor)]
    this.#context.drawImage(this.#canvas, left, top, this.width * factor, this.height * factor)
    this.#veil()
  }

  /** The same, so many pixels away. */
  shift(x: number, y: number): void {
    this.#context.globalCompositeOperation = 'copy'
    this.#context.drawImage(this.#canvas, x, y)
    this.#veil()
  }

  clear(): void {
    this.#context.clearRect(0, 0, this.width, this.height)
    this.#veil()
  }

  #veil(): void {
    this.#context.globalCompositeOperation = 'source-over'
    this.#context.fillStyle = VEIL
    this.#context.fillRect(0, 0, this.width, this.height)
  }

  /** Where a pointer is, in pixels of the canvas. */
  pointOf({ offsetX, offsetY }: MouseEvent): { x: number; y: number } {
    const { clientWidth, clientHeight } = this.#canvas
    return { x: (offsetX * this.width) / clientWidth, y: (offsetY * this.height) / clientHeight }
  }
}
