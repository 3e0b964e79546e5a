/**
 * How others' check compares with ours. `same`: both ask the same. `part`: ours asks this and more, so that what fails
 * theirs fails ours. `more`: theirs asks more, so that what passes theirs passes ours.
 */
export type Relation = "same" | "part" | "more";

/** An id of another tool's, how it compares, and the rules of ours that judge the same thing. */
export type Check = readonly [check: string, relation: Relation, ...rules: string[]];
