import { chromium, type LaunchOptions, type Page } from 'playwright-core'
import type { Subject } from '../../messages/subject.ts'
import { bundle } from './bundle.ts'
import type { Offer } from './offer.ts'
import { serveFiles } from './serve-files.ts'

/** What the script beside the tests knows of browsers. */
interface BrowserScript {
  findBrowser(): string | undefined
  launchOptions(): LaunchOptions
}

declare const offered: Offer

/** The browser's executable, or undefined where there is none. */
export async function browserPath(): Promise<string | undefined> {
  return (await browserScript()).findBrowser()
}

/** A page and its Web Worker in a browser of their own. */
export function inBrowser(page: 'millrace' | 'message-port'): Subject {
  return {
    async open(load) {
      const server = await serveFiles(await bundle(page))
      const { launchOptions } = await browserScript()
      const browser = await chromium.launch(launchOptions())
      const tab = await browser.newPage()
      failWith(tab)
      await tab.goto(`${server.origin}/${page}.html`)
      await tab.evaluate((load) => offered.open(load), load)
      return {
        run: (messages) => tab.evaluate((messages) => offered.run(messages), messages),
        async close() {
          await tab.evaluate(() => offered.close())
          await browser.close()
          await server.close()
        },
      }
    },
  }
}

/** An error that nobody catches in the page ends this program, which is what a measurement without one should do. */
function failWith(page: Page): void {
  page.on('pageerror', (error) => {
    throw error
  })
  page.on('console', (message) => console.error(message.text()))
}

async function browserScript(): Promise<BrowserScript> {
  return await import(new URL('../../../../scripts/browser.mjs', import.meta.url).href)
}
