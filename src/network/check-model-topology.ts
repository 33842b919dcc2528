import { rangeError, typeError } from '../errors';

const FN = 'checkModelTopology';

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function fields(what: string, value: unknown): Fields {
  if (!isFields(value)) throw typeError(FN, `${what} must be an object`, value, 'save the model again');
  return value;
}

function list(what: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw typeError(FN, `${what} must be a list`, value, 'save the model again');
  return value;
}

function text(what: string, value: unknown): string {
  if (typeof value !== 'string' || value === '')
    throw typeError(FN, `${what} must be a text`, value, 'save the model again');
  return value;
}

/** Another layer's output that a layer, or the model, takes: the name of the layer and which of its calls. */
interface Source {
  readonly layer: string;
  readonly node: number;
}

function source(what: string, value: unknown): Source {
  const [layer, node, output] = list(what, value);
  for (const index of [node, output]) {
    if (!Number.isInteger(index) || (index as number) < 0)
      throw rangeError(FN, `${what} must hold [layer, node, output]`, value, 'save the model again');
  }
  return { layer: text(`the layer of ${what}`, layer), node: node as number };
}

/** Layers of a graph by name, each with the sources of its calls; those of an input are empty. */
function graphLayers(config: Fields): ReadonlyMap<string, readonly (readonly Source[])[]> {
  const layers = new Map<string, readonly (readonly Source[])[]>();
  for (const [i, value] of list('config.layers', config.layers).entries()) {
    const layer = fields(`layer ${i}`, value);
    const name = text(`the name of layer ${i}`, layer.name);
    if (layers.has(name)) throw rangeError(FN, 'two layers have one name', name, 'save the model again');
    checkModel(layer);
    const calls = list(`inbound_nodes of '${name}'`, layer.inbound_nodes).map((call) =>
      list(`a node of '${name}'`, call).map((each) => source(`an input of '${name}'`, each)),
    );
    layers.set(name, calls.length === 0 && layer.class_name === 'InputLayer' ? [[]] : calls);
  }
  return layers;
}

/** Refuses inputs that do not exist or that wait for each other. */
function checkGraph(config: Fields): void {
  const layers = graphLayers(config);
  const requireNode = ({ layer, node }: Source, of: string) => {
    if (node >= (layers.get(layer)?.length ?? 0))
      throw rangeError(FN, `an input of ${of} must exist`, [layer, node], 'save the model again');
  };
  for (const side of ['input_layers', 'output_layers'] as const) {
    for (const each of list(`config.${side}`, config[side]))
      requireNode(source(`one of config.${side}`, each), `config.${side}`);
  }
  const waiting: { readonly key: string; open: number }[] = [];
  const users = new Map<string, { readonly key: string; open: number }[]>();
  for (const [name, calls] of layers) {
    for (const [node, sources] of calls.entries()) {
      const call = { key: `${node} ${name}`, open: sources.length };
      waiting.push(call);
      for (const each of sources) {
        requireNode(each, `'${name}'`);
        const key = `${each.node} ${each.layer}`;
        users.set(key, [...(users.get(key) ?? []), call]);
      }
    }
  }
  const ready = waiting.filter(({ open }) => open === 0);
  for (const { key } of ready) {
    for (const user of users.get(key) ?? []) if (--user.open === 0) ready.push(user);
  }
  const stuck = waiting.find(({ open }) => open > 0);
  if (stuck) throw rangeError(FN, 'layers must not wait for each other', stuck.key, 'save the model again');
}

function checkModel(value: Fields): void {
  const className = text('class_name', value.class_name);
  if (className === 'Model' || className === 'Functional') checkGraph(fields('config', value.config));
  else if (className === 'Sequential') {
    const config = value.config;
    const layers = Array.isArray(config) ? config : fields('config', config).layers;
    for (const [i, layer] of list('config.layers', layers).entries()) checkModel(fields(`layer ${i}`, layer));
  } else fields(`the config of ${className}`, value.config);
}

/**
 * Checks the graph of a saved model before tfjs reads it: `tf.loadLayersModel` never comes back from one in which a layer
 * waits for an input that does not exist, or for itself.
 *
 * @param json - The content of a `model.json`, parsed, or its `modelTopology`.
 * @throws TypeError or RangeError that names the first layer that is wrong.
 */
export function checkModelTopology(json: unknown): void {
  const file = fields('a saved model', json);
  const topology = fields('modelTopology', 'modelTopology' in file ? file.modelTopology : file);
  checkModel('model_config' in topology ? fields('model_config', topology.model_config) : topology);
}
