// Package tally counts events: what each principal did, and how often fields have which values.
//
// One observer for each worker takes the events that a hunt evaluates. The results are Summary and Metrics with their stable JSON.
// An event causes no allocation unless it has a value that was not seen before. Memory is bounded: logs are not trusted, and
// some have millions of principals. What is left out beyond a limit depends on hashes of the values alone, never on the order of
// events or on the number of workers, and is counted.
package tally
