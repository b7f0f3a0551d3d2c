import { defineConfig } from 'vite'

// The workers are modules, as the page is. Relative addresses: the built page may be put into any folder.
export default defineConfig({ base: './', worker: { format: 'es' } })
