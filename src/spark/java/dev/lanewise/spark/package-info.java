/** Sweeps on Apache Spark. */
package dev.lanewise.spark;
