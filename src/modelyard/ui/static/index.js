// The components by name, and the libraries that Panel renders them with.
import {React, createRoot, createCache, CacheProvider, themed} from "./base.js"
import {DropZone} from "./dropzone.js"
import {Editor} from "./editor.js"
import {Graph} from "./graph.js"
import {Ask, Chances, Code, Empty, Facts, Folded, Heading, Log, Notice, Parts, Progress, Section, Sentences, Tiles, Trail, Words} from "./layout.js"
import {Shell} from "./shell.js"
import {Steps} from "./steps.js"
import {DataTable} from "./table.js"

const components = {Ask, Chances, Code, DataTable, DropZone, Editor, Empty, Facts, Folded, Graph, Heading, Log, Notice, Parts, Progress, Section, Sentences, Shell, Steps, Tiles, Trail, Words}

export default {
  React, createRoot, createCache, CacheProvider,
  ...Object.fromEntries(Object.entries(components).map(([name, render]) => [name, themed(render)])),
}
