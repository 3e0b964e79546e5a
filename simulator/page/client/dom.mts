/** Elements as plain values, and the one function that makes the document equal to them without touching what is the same. */

type Value = string | number | boolean | null | undefined;
type Handler = (event: Event) => void;

export interface Props {
  /** Tells children of one parent apart, wherever they move. */
  readonly key?: string;
  readonly style?: Readonly<Record<string, string>>;
  readonly on?: Readonly<Record<string, Handler>>;
  readonly [attribute: string]: Value | Readonly<Record<string, string | Handler>>;
}

export interface Element_ {
  readonly tag: string;
  readonly props: Props;
  readonly children: readonly Node_[];
}

export type Node_ = Element_ | string;
type Child = Node_ | number | false | null | undefined | readonly Child[];

/** An element; children that are false, null or undefined are left out. */
export function h(tag: string, props: Props = {}, ...children: Child[]): Element_ {
  return { tag, props, children: flat(children) };
}

function flat(children: readonly Child[]): Node_[] {
  return children.flatMap((child) => {
    if (child === false || child === null || child === undefined) return [];
    if (typeof child === "number") return [String(child)];
    return typeof child === "string" ? [child] : "tag" in child ? [child] : flat(child);
  });
}

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set([
  "svg",
  "g",
  "path",
  "rect",
  "line",
  "text",
  "title",
  "circle",
  "polyline",
  "pattern",
  "defs",
]);
const handlers = new WeakMap<Element, Map<string, Handler>>();
const keys = new WeakMap<Element, string>();

/** Makes the children of an element what they should be. Focus, selection and what is typed stay where they are. */
export function patch(parent: Element, wanted: readonly Node_[]): void {
  const keyed = new Map<string, Element>();
  for (const child of parent.children) {
    const key = keys.get(child);
    if (key !== undefined) keyed.set(key, child);
  }
  let at: ChildNode | null = parent.firstChild;
  for (const node of wanted) {
    const reuse = reusable(node, at, keyed);
    const made = reuse ?? create(node, parent);
    if (typeof node === "string") {
      if (made.nodeValue !== node) made.nodeValue = node;
    } else update(made as Element, node);
    if (made === at) at = at.nextSibling;
    else parent.insertBefore(made, at);
  }
  while (at !== null) {
    const next: ChildNode | null = at.nextSibling;
    at.remove();
    at = next;
  }
}

function reusable(node: Node_, at: ChildNode | null, keyed: ReadonlyMap<string, Element>): ChildNode | undefined {
  if (typeof node === "string") return at instanceof Text ? at : undefined;
  const { key } = node.props;
  if (key !== undefined) {
    const known = keyed.get(key);
    return known?.localName === node.tag ? known : undefined;
  }
  return at instanceof Element && at.localName === node.tag && !keys.has(at) ? at : undefined;
}

function create(node: Node_, parent: Element): ChildNode {
  if (typeof node === "string") return document.createTextNode(node);
  const inSvg = node.tag !== "title" || parent.namespaceURI === SVG;
  const element =
    SVG_TAGS.has(node.tag) && inSvg ? document.createElementNS(SVG, node.tag) : document.createElement(node.tag);
  if (node.props.key !== undefined) keys.set(element, node.props.key);
  return element;
}

function update(element: Element, { props, children }: Element_): void {
  for (const { name } of [...element.attributes]) {
    if (name !== "style" && name !== "open" && isOff(props[name])) element.removeAttribute(name);
  }
  for (const [name, value] of Object.entries(props)) {
    if (name === "key" || name === "value" || typeof value === "object" || isOff(value)) continue;
    const text = value === true ? "" : String(value);
    if (element.getAttribute(name) !== text) element.setAttribute(name, text);
  }
  for (const [name, value] of Object.entries(props.style ?? {})) {
    (element as HTMLElement).style.setProperty(name, value);
  }
  listen(element, props.on ?? {});
  patch(element, children);
  // After the children: a select takes a value that is one of them.
  if (props.value !== undefined) {
    const input = element as HTMLInputElement;
    if (input.value !== String(props.value)) input.value = String(props.value);
  }
}

const isOff = (value: Props[string]): boolean => value === undefined || value === null || value === false;

function listen(element: Element, wanted: Readonly<Record<string, Handler>>): void {
  let present = handlers.get(element);
  if (present === undefined) {
    present = new Map();
    handlers.set(element, present);
  }
  for (const [name, handler] of Object.entries(wanted)) {
    if (!present.has(name)) {
      const own = present;
      element.addEventListener(name, (event) => own.get(name)?.(event));
    }
    present.set(name, handler);
  }
  for (const name of present.keys()) if (!(name in wanted)) present.set(name, () => undefined);
}
