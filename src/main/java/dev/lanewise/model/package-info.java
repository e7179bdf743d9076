/**
 * Networks: layers, activations, losses, initial weights; forward beside backward. N is the batch size throughout.
 */
package dev.lanewise.model;
