process.on('message', (item: number) => process.send?.(item * 2))
