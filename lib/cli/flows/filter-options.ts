import { Option } from 'commander'
import { compileFilter, type EndpointRule, type FlowFilter } from '../../monitors/flows/filter.js'
import { choice, collectList } from '../options.js'

type Rule = EndpointRule & Pick<FlowFilter, 'protocols'>

/** One option per list of a filter, and one with the prefix `exclude-` per list that excludes. */
const lists: readonly { name: string; key: keyof Rule; value: string; what: string }[] = [
  { name: 'protocol', key: 'protocols', value: 'name', what: 'IP protocol, by name or number' },
  { name: 'address', key: 'addresses', value: 'cidr', what: 'address or prefix of either end' },
  { name: 'source', key: 'sourceAddresses', value: 'cidr', what: 'address or prefix of the source' },
  { name: 'destination', key: 'destinationAddresses', value: 'cidr', what: 'address or prefix of the destination' },
  { name: 'port', key: 'ports', value: 'port', what: 'port of either end, or a range such as 8000-8999' },
  { name: 'source-port', key: 'sourcePorts', value: 'port', what: 'port of the source' },
  { name: 'destination-port', key: 'destinationPorts', value: 'port', what: 'port of the destination' },
]

const group = 'Filters, which the kernel applies (repeatable, or lists with commas):'

export function filterOptions(): Option[] {
  const listOption = (prefix: string, { name, key, value, what }: (typeof lists)[number]) =>
    new Option(`--${prefix}${name} <${value}>`, prefix === '' ? `only this ${what}` : `not this ${what}`)
      .argParser(collectList((text) => compileFilter({ [key]: [text] })))
      .helpGroup(group)
  return [
    ...lists.map((list) => listOption('', list)),
    choice('--direction <direction>', 'only this direction, as the interface sees it', ['ingress', 'egress']).helpGroup(
      group,
    ),
    ...lists.map((list) => listOption('exclude-', list)),
  ]
}

/** The filter that the options describe; undefined without such options. */
export function filterOf(options: Readonly<Record<string, unknown>>): FlowFilter | undefined {
  const include = ruleOf(options, (name) => name)
  const exclude = ruleOf(options, (name) => `exclude-${name}`)
  const direction = options.direction as FlowFilter['direction']
  if (!include && !exclude && !direction) return undefined
  return { ...include, ...(direction && { direction }), ...(exclude && { exclude }) }
}

function ruleOf(options: Readonly<Record<string, unknown>>, flag: (name: string) => string): Rule | undefined {
  const given = lists.flatMap(({ name, key }) => {
    const values = options[new Option(`--${flag(name)}`).attributeName()]
    return values === undefined ? [] : [[key, values] as const]
  })
  return given.length === 0 ? undefined : Object.fromEntries(given)
}
