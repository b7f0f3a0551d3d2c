/** The fields of a line: separated by commas, in quotes where they hold some. @throws at quotes that do not end where the field does */
export function fieldsOf(line: string): string[] {
  const fields: string[] = []
  for (let at = 0; at <= line.length; at++) {
    const [field, end] = line[at] === '"' ? quotedAt(line, at) : plainAt(line, at)
    fields.push(field)
    at = end
  }
  return fields
}

function plainAt(line: string, start: number): [field: string, end: number] {
  const comma = line.indexOf(',', start)
  const end = comma < 0 ? line.length : comma
  return [line.slice(start, end).trim(), end]
}

function quotedAt(line: string, start: number): [field: string, end: number] {
  let field = ''
  for (let at = start + 1; at < line.length; at++) {
    if (line[at] !== '"') field += line[at]
    else if (line[at + 1] === '"') field += line[at++]
    else if (at + 1 === line.length || line[at + 1] === ',') return [field, at + 1]
    else throw new SyntaxError('quotes end before their field does')
  }
  throw new SyntaxError('quotes do not end')
}
